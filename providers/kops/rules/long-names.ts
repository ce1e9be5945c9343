import { fieldsOf } from "../model/spec.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import { longNameProblems } from "../model/tag-keys.ts";
import { hasUnknown } from "../model/unknown.ts";
import { groupsOf } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/** Most characters of the name of a launch template (CreateLaunchTemplate in the API reference of EC2). */
const longestTemplate = 128;

/** Refuses names that AWS would refuse: kOps checks only their form. What exists already keeps its name. */
export const longNames: Rule = ({ old, desired }) => {
  const { name } = desired;
  if (typeof name !== "string" || hasUnknown(name)) return [];
  const before = fieldsOf(old?.["instanceGroups"]);
  const ofCluster = old === undefined ? longNameProblems(name) : [];
  const ofGroups = groupsOf(desired).flatMap(([group, spec]): Refusal[] => {
    const template = cloudNameOf(group, spec, name);
    if (group in before || hasUnknown(spec["role"]) || template.length <= longestTemplate) return [];
    const reason =
      `is too long: its launch template ${template} would have ${template.length} characters, and AWS takes ` +
      `${longestTemplate}`;
    return [{ property: `instanceGroups.${group}`, reason }];
  });
  return [...ofCluster.map((reason) => ({ property: "name", reason })), ...ofGroups];
};
