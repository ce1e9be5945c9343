import parseVersion from "semver/functions/parse.js";
import gt from "semver/functions/gt.js";
import { isRecord } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import {
  distance,
  minorOf,
  minorPath,
  minorText,
  oldestBehind,
  partsLeftBehind,
  isSupported,
  oldestSupported,
} from "../model/versions.ts";
import type { Minor, RunningVersions } from "../model/versions.ts";
import { at, fromTo, guides } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";

export const kopsVersion: Rule = ({ old, desired }) => {
  const version = desired["kopsVersion"];
  if (typeof version !== "string" || version === unknownValue) return [];
  if (!isSupported(version))
    return [
      { property: "kopsVersion", reason: `${version} is too old: this program needs kOps ${oldestSupported} or newer` },
    ];
  const before = parseVersion(typeof old?.["kopsVersion"] === "string" ? old["kopsVersion"] : undefined);
  const after = parseVersion(version);
  if (
    !before ||
    !after ||
    !gt(before, after) ||
    desired["allowDowngrade"] === true ||
    desired["allowDowngrade"] === unknownValue
  )
    return [];
  // ApplyClusterCmd.Run compares with the version that last wrote to the store.
  return [
    {
      property: "kopsVersion",
      reason:
        `${fromTo(before.version, after.version)}: kOps refuses to work on what a newer version wrote, for it may ` +
        "not know all of it; to do it anyway, set allowDowngrade: true",
      guide: guides.upgrades,
    },
  ];
};

/** What has another form than a version, as a value that is not known yet has, is not judged. */
export const kubernetesVersion: Rule = ({ old, desired, running }) => {
  const property = "cluster.kubernetesVersion";
  const version = at(desired, property);
  if (!isRecord(desired["cluster"])) return [];
  if (typeof version !== "string")
    return [
      { property, reason: "must be given as text, such as 1.34.3: left out, kOps would choose another one in time" },
    ];
  const after = minorOf(version);
  if (!after) return [];
  const step = versionStep(property, old, version, after);
  return [
    ...step,
    ...(step.length > 0 ? [] : leftBehind(property, old, running, after)),
    ...versionSkew(property, desired["kopsVersion"], after),
  ];
};

/** Not checked by kOps. Kubernetes's version skew policy: one minor at a time, and never back. */
function versionStep(property: string, old: Fields | undefined, version: string, after: Minor): Refusal[] {
  const was = at(old, property);
  const before = minorOf(was);
  if (!before) return [];
  const step = distance(before, after);
  if (step < 0) {
    const reason =
      `${fromTo(was, version)}: a minor version is one-way, etcd may hold objects the older API server cannot ` +
      `read; stay on ${minorText(before)} (a patch release may go back), or restore an etcd backup of before the ` +
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

/**
 * A roll held back for whatever reason keeps part of the cluster on the minor before: the next one would skip one
 * there.
 */
function leftBehind(
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
    `${fromTo(minorText(before), minorText(after))} yet: ${parts.join(", and ")}, for their roll was held back; ` +
    `let \`pulumi up\` roll them to ${minorText(before)} first`;
  return [{ name: "kubernetesVersion", property, reason, guide: guides.upgrades }];
}

/** ApplyClusterCmd.validateKubernetesVersion: no minor newer than kOps's own, none older than it supports. */
function versionSkew(property: string, version: Json, after: Minor): Refusal[] {
  const kops = version === unknownValue ? undefined : minorOf(version);
  if (!kops) return [];
  const ahead = distance(kops, after);
  if (ahead > 0) {
    return [
      {
        property,
        reason:
          `Kubernetes ${minorText(after)} is newer than kOps ${minorText(kops)} knows: set kopsVersion to ` +
          `${minorText(after)} or newer, in the same change or before`,
        guide: guides.versions,
      },
    ];
  }
  if (ahead < -oldestBehind) {
    const oldest = minorText({ major: kops.major, minor: kops.minor - oldestBehind });
    const last = minorText({ major: after.major, minor: after.minor + oldestBehind });
    const reason =
      `Kubernetes ${minorText(after)} is older than kOps ${minorText(kops)} supports (${oldest} or newer): keep ` +
      `kopsVersion at ${last} or older until Kubernetes is at ${oldest}`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.versions }];
  }
  return [];
}
