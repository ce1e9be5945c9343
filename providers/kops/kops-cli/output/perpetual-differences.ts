import { isRecord } from "../../model/spec.ts";

/*
 * Perpetual differences: every dry run of kOps reports them, and no apply removes them. Taken for drift, they would
 * give every refresh and `up` something to do. Seen with kOps 1.35; each rule names its place there.
 */

/** upup/pkg/fi/dryrun_target.go prints a field as `  <tab>Tags   <tab> {} -> {…}`. */
const fieldLine = /^ {2}\t(\w+)\s*\t (.*) -> (.*)$/;

type Rule = (kind: string, field: string, actual: string, desired: string) => boolean;

function json(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * RenderAWS in awstasks/iaminstanceprofile.go never tags a profile that it did not make, but Find compares its tags.
 */
const foreignProfile: Rule = (kind, field, _actual, desired) =>
  kind === "IAMInstanceProfile" && field === "Tags" && /^\{[^,]*: shared\}$/.test(desired);

/** findInstanceRequirements in awstasks/instancerequirements.go reads the minimum memory into the maximum. */
const memoryOfRequirements: Rule = (kind, field, actual, desired) => {
  if (kind !== "AutoscalingGroup" || field !== "InstanceRequirements") return false;
  const [is, shall] = [json(actual), json(desired)];
  if (!is || !shall) return false;
  const alike = ["Architecture", "CPUMin", "CPUMax"].every((key) => is[key] === shall[key]);
  return alike && is["MemoryMin"] === null && is["MemoryMax"] === shall["MemoryMin"];
};

/** Find in awstasks/autoscalinggroup.go returns an empty list where the model has none. */
const noOverrides: Rule = (kind, field, actual, desired) =>
  kind === "AutoscalingGroup" && field === "MixedInstanceOverrides" && actual === "[]" && desired === "<nil>";

/** Find in awstasks/autoscalinggroup.go ignores the warm pool; a task of its own (WarmPool/…) reports real changes. */
const warmPoolOfGroup: Rule = (kind, field, actual) =>
  kind === "AutoscalingGroup" && field === "WarmPool" && actual === "<nil>";

/** Find ignores it too. */
const capacityRebalance: Rule = (kind, field, actual) =>
  kind === "AutoscalingGroup" && field === "CapacityRebalance" && actual === "<nil>";

const rules: readonly Rule[] = [foreignProfile, memoryOfRequirements, noOverrides, warmPoolOfGroup, capacityRebalance];

const headingLine = /^ {2}(\w+)\/\S/;

function isPerpetual(kind: string, line: string): boolean {
  const [, field, actual, desired] = fieldLine.exec(line) ?? [];
  return (
    field !== undefined &&
    actual !== undefined &&
    desired !== undefined &&
    rules.some((rule) => rule(kind, field, actual, desired))
  );
}

/** The report of a dry run without perpetual differences, and without resources that have no others. */
export function withoutPerpetualDifferences(report: string): string {
  const blocks: string[][] = [];
  for (const line of report.split("\n")) {
    if (/^ {2}\t/.test(line) && blocks.length > 0) blocks.at(-1)?.push(line);
    else blocks.push([line]);
  }
  return blocks
    .flatMap(([heading = "", ...fields]) => {
      const kind = headingLine.exec(heading)?.[1];
      if (kind === undefined || fields.length === 0) return [heading, ...fields];
      const kept = fields.filter((line) => !isPerpetual(kind, line));
      return kept.length === 0 ? [] : [heading, ...kept];
    })
    .join("\n");
}
