import type { Progress } from "../../runtime/progress.ts";
import { fieldValues } from "./field-values.ts";
import type { FieldValues } from "./field-values.ts";

/** A cloud resource in a dry run of kOps: `LaunchTemplate/nodes.k1.example.com`, with the fields that change. */
export interface CloudChange {
  kind: string;
  name: string;
  fields: string[];
  /** Old and new values of fields, where they fit a line and are no secret. For people: they decide nothing. */
  values?: Record<string, FieldValues> | undefined;
}

/** What an apply would do, by a dry run. */
export interface CloudChanges {
  create: CloudChange[];
  modify: CloudChange[];
  /** Deleted during the update. */
  remove: CloudChange[];
  /** Deleted after the last roll (`--prune`). */
  prune: CloudChange[];
}

const resourceLine = /^ {2}(\w+)\/(\S.*)$/;

const fieldLine = /^ {2}\t(\w+)\s*\t?/;

const deletionLine = /^ {2}(\S+)\s+(\S.*)$/;

/** Reads the report of `kops update cluster` without `--yes` (upup/pkg/fi/dryrun_target.go). */
export function parseDryRun(text: string): CloudChanges {
  const report: CloudChanges = {
    create: [],
    modify: [],
    remove: [],
    prune: [],
  };
  let into: keyof typeof report | undefined;
  let current: CloudChange | undefined;
  for (const line of text.split("\n")) {
    if (/^Will create resources:/.test(line)) into = "create";
    else if (/^Will modify resources:/.test(line)) into = "modify";
    else if (/^Items will be deleted only when the --prune flag/.test(line)) into = "prune";
    else if (/^Items will be deleted during update:/.test(line)) into = "remove";
    else if (/^\S/.test(line)) into = undefined;
    if (!into) continue;
    if (into === "create" || into === "modify") {
      const resource = resourceLine.exec(line);
      if (resource?.[1] && resource[2]) {
        current = { kind: resource[1], name: resource[2], fields: [] };
        report[into].push(current);
        continue;
      }
      const field = fieldLine.exec(line);
      if (!field?.[1] || !current) continue;
      current.fields.push(field[1]);
      const found = into === "modify" ? fieldValues(current.kind, line) : undefined;
      if (found) current.values = { ...current.values, [found[0]]: found[1] };
    } else {
      const deletion = deletionLine.exec(line);
      if (deletion?.[1] && deletion[2]) report[into].push({ kind: deletion[1], name: deletion[2], fields: [] });
    }
  }
  return report;
}

/**
 * Whether a text is the report of a dry run. kOps says when nothing changes; otherwise it prints one of the headings.
 * Another text comes from a kOps that prints something else: an empty plan would be wrong.
 */
export const isDryRunReport = (text: string): boolean =>
  /^(No changes need to be applied|Will (create|modify) resources:|Items will be deleted )/m.test(text);

const imageLine = /^ {2}\tImageID\s+\t\s*(?:\S+ -> )?(\S+)\s*$/;

/**
 * Images by launch template, in the report of a dry run that creates or modifies it. kOps names an image as the channel
 * does, `<owner>/<name>`.
 */
export function launchTemplateImages(report: string): Map<string, string> {
  const images = new Map<string, string>();
  let template: string | undefined;
  for (const line of report.split("\n")) {
    const resource = resourceLine.exec(line);
    if (resource) template = resource[1] === "LaunchTemplate" ? resource[2] : undefined;
    const image = imageLine.exec(line)?.[1];
    if (template !== undefined && image !== undefined) images.set(template, image);
  }
  return images;
}

/**
 * A dry run cannot get past this line: the API's load balancer is gone and its target groups are not. They ask it for
 * an ARN, which only an apply would give it; kOps retries for ten minutes (TargetGroup.Find in
 * upup/pkg/fi/cloudup/awstasks). The apply itself brings the load balancer back.
 */
export const noLoadBalancer = /error running task "TargetGroup\/.*load balancer not ready \(no ARN\)/;

/**
 * Whether a line tells that kOps did not look for stale rules of a security group. kOps compares all groups at the same
 * time, and skips one silently until it has found every group that its rules name as their source
 * (SecurityGroup.FindDeletions in upup/pkg/fi/cloudup/awstasks). Which groups it skips differs from run to run.
 */
export function overlooksRules(line: string): boolean {
  return line.includes("Deletion skipping find of SecurityGroupRule");
}

/**
 * kOps tells so, before it changes anything, when it cannot see which version the control plane runs. It then lets
 * nodes have the desired one (checkControlPlaneRunningVersion in cmd/kops/update_cluster.go).
 */
export const noVersionGuard = /error checking control plane running version/;

/** How often the same command is run until kOps overlooks nothing. */
export const mostAttempts = 6;

/** Reports why kOps retries a task of an update, which it does for minutes; each reason once. */
export function followApply(progress: Progress): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    const retry = /error running task "([^"]+)" \(([^)]*) remaining to succeed\): (.*)$/.exec(line);
    if (!retry) return;
    const [, task = "", , reason = ""] = retry;
    progress.waits?.(task, reason);
    const text = `kOps retries ${task}: ${reason}`;
    if (said.has(text)) return;
    said.add(text);
    progress.say(text);
  };
}

/**
 * What kOps keeps until `--prune`, by a line of its log (upup/pkg/fi/default_methods.go): rules of security groups,
 * load balancers and their target groups.
 */
export function keptItem(line: string): string | undefined {
  return /not deleting (\S.*) because it is marked for deferred-deletion/.exec(line)?.[1];
}
