import { isRecord } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import {
  distance,
  kubernetesOf,
  lastKopsFor,
  minorOf,
  minorPath,
  minorText,
  partsLeftBehind,
  supportedText,
} from "../model/versions.ts";
import type { Minor, RunningVersions } from "../model/versions.ts";
import { at, fromTo, guides } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";

/** Does not check a text that is no version, such as a value that is not known yet. */
export const kubernetesVersion: Rule = ({ old, desired, running }) => {
  const property = "cluster.kubernetesVersion";
  const version = at(desired, property);
  if (!isRecord(desired["cluster"])) return [];
  if (typeof version !== "string")
    return [
      { property, reason: "must be given as text, such as 1.34.3: without it kOps would choose another one in time" },
    ];
  const after = minorOf(version);
  if (!after) return [];
  const step = versionStep(property, old, version, after);
  return [
    ...step,
    ...(step.length > 0 ? [] : heldBack(property, old, running, after)),
    ...versionSkew(property, desired["kopsVersion"], after),
  ];
};

/** Kubernetes's version skew policy, which kOps does not check: one minor at a time, never back. */
function versionStep(property: string, old: Fields | undefined, version: string, after: Minor): Refusal[] {
  const was = at(old, property);
  const before = minorOf(was);
  if (!before) return [];
  const step = distance(before, after);
  if (step < 0) {
    const reason =
      `${fromTo(was, version)}: a minor upgrade is irreversible, etcd may hold objects the older API server cannot ` +
      `read; stay on ${minorText(before)} (a patch release may go back), or restore an etcd backup from before the ` +
      "upgrade as the guide shows";
    return [{ name: "kubernetesVersion", property, reason, guide: guides.restore }];
  }
  if (step > 1 && before.major === after.major) {
    const path = minorPath(before, after);
    const reason =
      `${fromTo(was, version)}: Kubernetes is upgraded one minor at a time, ${path.join(" → ")}; the next step is ` +
      (path[1] ?? "");
    return [{ name: "kubernetesVersion", property, reason, guide: guides.upgrades }];
  }
  return [];
}

/** After a roll was held back, part of the cluster still runs the minor before: it would skip a minor. */
function heldBack(
  property: string,
  old: Fields | undefined,
  running: RunningVersions | undefined,
  after: Minor,
): Refusal[] {
  const before = minorOf(at(old, property));
  if (!before || distance(before, after) <= 0) return [];
  const parts = partsLeftBehind(running ?? {}, after);
  if (parts.length === 0) return [];
  const reason =
    `${fromTo(minorText(before), minorText(after))} yet: ${parts.join(", and ")}, because their roll was held back; ` +
    `let \`pulumi up\` roll them to ${minorText(before)} first`;
  return [{ name: "kubernetesVersion", property, reason, guide: guides.upgrades }];
}

/**
 * As ApplyClusterCmd.validateKubernetesVersion: no minor newer than kOps's own, and none older than kOps supports. kOps
 * itself keeps its patch number in the comparison: 1.36.2 lets 1.37.1 pass, and knows nothing of it.
 */
function versionSkew(property: string, version: Json, after: Minor): Refusal[] {
  const kops = version === unknownValue ? undefined : minorOf(version);
  if (!kops) return [];
  const supported = kubernetesOf(version);
  const range = supported ? ` (it supports ${supportedText(supported)})` : "";
  if (distance(kops, after) > 0) {
    const reason =
      `Kubernetes ${minorText(after)} is newer than kOps ${minorText(kops)} knows${range}: set kopsVersion to ` +
      `${minorText(after)} or newer, in the same change or before`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.versions }];
  }
  if (supported && distance(supported.oldest, after) < 0) {
    const last = lastKopsFor(after);
    const keep = last === undefined ? "" : `keep kopsVersion at ${last} or older until Kubernetes is at `;
    const reason =
      `Kubernetes ${minorText(after)} is too old for kOps ${minorText(kops)}${range}: ` +
      `${keep || "upgrade Kubernetes to "}${minorText(supported.oldest)}`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.versions }];
  }
  return [];
}
