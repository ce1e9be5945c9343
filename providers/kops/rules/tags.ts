import { fieldsOf, isRecord } from "../model/spec.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import { at, groupsOf } from "./rule.ts";
import type { Fields, Json, Rule } from "./rule.ts";
import { groupTagProblems, nodeLabelProblems, tagCountProblem, tagProblems, taintProblems } from "../model/tag-keys.ts";
import { roleOf } from "../model/instance-groups.ts";

/** A problem of a tag or label, with its path in `cluster` or `instanceGroups`. */
export interface TagIssue {
  path: PropertyKey[];
  message: string;
}

/** The scalars of a mapping as texts; kOps refuses other forms. */
function textsOf(value: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([key, one]) =>
      typeof one === "string" || typeof one === "boolean" || typeof one === "number" ? [[key, String(one)]] : [],
    ),
  );
}

const taintsOf = (group: Fields): string[] =>
  Array.isArray(group["taints"]) ? group["taints"].filter((taint): taint is string => typeof taint === "string") : [];

/** The entries of a mapping that are new since the last run: a cluster may keep what it has. */
function newIn(was: Json, is: Json): Record<string, string> {
  const before = textsOf(was);
  return Object.fromEntries(Object.entries(textsOf(is)).filter(([key, value]) => before[key] !== value));
}

/** Problems of the tags and labels that a cluster and its groups have new since `old`. */
export function tagIssues(old: Fields | undefined, desired: Fields): TagIssue[] {
  const cloudLabels = at(desired, "cluster.cloudLabels");
  const under = (path: PropertyKey[], problems: readonly { key: string; message: string }[]): TagIssue[] =>
    problems.map(({ key, message }) => ({ path: [...path, key], message }));
  const clusterTags = Object.keys(textsOf(cloudLabels));
  const groupsBefore = fieldsOf(old?.["instanceGroups"]);
  const fresh = newIn(at(old, "cluster.cloudLabels"), cloudLabels);
  return [
    ...under(
      ["cluster", "cloudLabels"],
      tagProblems(
        fresh,
        clusterTags.filter((key) => !(key in fresh)),
      ),
    ),
    ...groupsOf(desired).flatMap(([name, group]): TagIssue[] => {
      const was = isRecord(groupsBefore[name]) ? groupsBefore[name] : {};
      const path = ["instanceGroups", name];
      const role = roleOf(group);
      const controlPlane = role === "ControlPlane";
      const many = hasUnknown([cloudLabels, group])
        ? undefined
        : tagCountProblem({
            role,
            clusterTags,
            cloudLabels: Object.keys(textsOf(group["cloudLabels"])),
            nodeLabels: Object.keys(textsOf(group["nodeLabels"])),
            taints: taintsOf(group),
          });
      return [
        ...under(
          [...path, "cloudLabels"],
          groupTagProblems(newIn(was["cloudLabels"], group["cloudLabels"]), { name, controlPlane }),
        ),
        ...under(
          [...path, "nodeLabels"],
          nodeLabelProblems(newIn(was["nodeLabels"], group["nodeLabels"]), { controlPlane }),
        ),
        ...taintProblems(taintsOf(group)).map(({ index, message }) => ({ path: [...path, "taints", index], message })),
        ...(many === undefined ? [] : [{ path, message: many }]),
      ];
    }),
  ];
}

/** Refuses tags and labels that kOps itself uses, and more or longer ones than AWS accepts. */
export const tags: Rule = ({ old, desired }) =>
  tagIssues(old, desired).map(({ path, message }) => ({ property: propertyPath(path), reason: message }));
