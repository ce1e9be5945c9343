import { tagIssues } from "../../../providers/kops/rules/tags.ts";
import type { Issue } from "../../config/problems.ts";
import { deepMerge, type PlainObject } from "../../config/merge.ts";
import { controlPlanePrefix } from "./control-plane.ts";
import { has } from "./has.ts";
import { composeNodes } from "./node-groups.ts";
import type { OperationRequest } from "./operation.ts";
import type { ClusterRequest } from "./request.ts";

type Groups = Record<string, PlainObject>;
type EscapeHatch = OperationRequest["kops"];

/** Tags and labels of a spec over which `kops` is laid; where something is wrong in `kops` it is said there. */
export function tagProblemsOver(cluster: PlainObject, groups: Groups, kops: EscapeHatch): Issue[] {
  const over = { cluster: kops?.cluster ?? {}, instanceGroups: kops?.instanceGroups ?? {} };
  const merged = { cluster: deepMerge(cluster, over.cluster), instanceGroups: deepMerge(groups, over.instanceGroups) };
  return tagIssues(undefined, merged).map(({ path, message }) => ({
    path: has(over, path) ? ["kops", ...path] : path,
    message,
  }));
}

/** The same of a request, with the words of its file. `tags`: those of the environment. */
export function requestTagProblems(request: ClusterRequest, tags: Readonly<Record<string, string>> = {}): Issue[] {
  // Wrong keys are said where they stand: of the file's own by its schema, of the environment's by that of the stack.
  const cloudLabels = Object.fromEntries(Object.keys(request.tags ?? tags).map((key, index) => [`tag-${index}`, key]));
  const groups: Groups = {
    [controlPlanePrefix]: { role: "ControlPlane" },
    ...Object.fromEntries(
      Object.entries(request.nodeGroups).map(([name, group]) => [
        name,
        composeNodes({ name, group, zones: [] }, request),
      ]),
    ),
    ...Object.fromEntries(
      Object.keys(request.kops?.instanceGroups ?? {})
        .filter((name) => name.startsWith(controlPlanePrefix))
        .map((name) => [name, { role: "ControlPlane" }]),
    ),
  };
  return tagProblemsOver({ cloudLabels }, groups, request.kops).map(({ path, message }) => {
    const [part, name, field, ...rest] = path;
    if (part !== "instanceGroups") return { path, message };
    if (name === controlPlanePrefix) return { path: ["tags"], message: `${controlPlanePrefix}…: ${message}` };
    const key = { nodeLabels: "labels", taints: "taints" }[String(field)];
    return { path: ["nodeGroups", name ?? "", ...(key === undefined ? [] : [key, ...rest])], message };
  });
}
