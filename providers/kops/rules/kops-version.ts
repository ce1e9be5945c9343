import gt from "semver/functions/gt.js";
import parseVersion from "semver/functions/parse.js";
import { unknownValue } from "../model/unknown.ts";
import { isSupported, oldestSupported } from "../model/versions.ts";
import { fromTo, guides } from "./rule.ts";
import type { Rule } from "./rule.ts";
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
  // ApplyClusterCmd.Run compares with the version that was the last to write to the store.
  return [
    {
      property: "kopsVersion",
      reason:
        `${fromTo(before.version, after.version)}: an older kOps may not know all that a newer one wrote, and ` +
        "refuses " +
        "it; to do it anyway, set allowDowngrade: true",
      guide: guides.upgrades,
    },
  ];
};
