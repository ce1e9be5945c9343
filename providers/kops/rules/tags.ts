import { isRecord } from "../model/spec.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import { at, fieldsOf, groupsOf } from "./rule.ts";
import type { Fields, Json, Rule } from "./rule.ts";
import { groupTagProblems, nodeLabelProblems, tagCountProblem, tagProblems, taintProblems } from "../model/tag-keys.ts";
import { roleOf } from "../model/instance-groups.ts";

/** Something wrong with a tag or label, and where in `cluster` or `instanceGroups` it stands. */
export interface TagIssue {
  path: PropertyKey[];
  message: string;
}

/** The texts of a mapping; what is of another form is kOps's to refuse. */
function textsOf(value: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

const taintsOf = (group: Fields): string[] =>
  Array.isArray(group["taints"]) ? group["taints"].filter((taint): taint is string => typeof taint === "string") : [];

/** Those of a mapping that were not so in the last run: what a cluster lives with already keeps it from nothing. */
function news(was: Json, is: Json): Record<string, string> {
  const before = textsOf(was);
  return Object.fromEntries(Object.entries(textsOf(is)).filter(([key, value]) => before[key] !== value));
}

/** What is wrong with the tags and labels of a cluster and its groups that are new since `old`. */
export function tagIssues(old: Fields | undefined, desired: Fields): TagIssue[] {
  const cloudLabels = at(desired, "cluster.cloudLabels");
  const under = (path: PropertyKey[], problems: readonly { key: string; message: string }[]): TagIssue[] =>
    problems.map(({ key, message }) => ({ path: [...path, key], message }));
  const clusterTags = Object.keys(textsOf(cloudLabels));
  const groupsBefore = fieldsOf(old?.["instanceGroups"]);
  const fresh = news(at(old, "cluster.cloudLabels"), cloudLabels);
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
          groupTagProblems(news(was["cloudLabels"], group["cloudLabels"]), { name, controlPlane }),
        ),
        ...under(
          [...path, "nodeLabels"],
          nodeLabelProblems(news(was["nodeLabels"], group["nodeLabels"]), { controlPlane }),
        ),
        ...taintProblems(taintsOf(group)).map(({ index, message }) => ({ path: [...path, "taints", index], message })),
        ...(many === undefined ? [] : [{ path, message: many }]),
      ];
    }),
  ];
}

/** Tags and labels that kOps works by, and more or longer ones than AWS takes. */
export const tags: Rule = ({ old, desired }) =>
  tagIssues(old, desired).map(({ path, message }) => ({ property: propertyPath(path), reason: message }));
