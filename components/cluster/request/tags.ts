import type { z } from "zod";
import { tagIssues } from "../../../providers/kops/rules/tags.ts";
import { has, type Issue } from "../../config/problems.ts";
import { deepMerge, type PlainObject } from "../../config/merge.ts";
import { awsTags } from "../../tags/keys.ts";
import { controlPlanePrefix } from "./control-plane.ts";
import type { MachineDefaults } from "./machines.ts";
import { composeNodes, type NodeGroup } from "./node-groups.ts";
import type { OperationRequest } from "./operation.ts";

export const tagKeys = {
  tags: awsTags()
    .optional()
    .describe(
      "AWS tags of everything that kOps makes, including etcd's and nodes' volumes, so that backup plans can select " +
        "by them. Changing them replaces all nodes. Default: those of the environment.",
    ),
};

type Tags = Readonly<Record<string, string>>;
type TagRequest = z.output<z.ZodObject<typeof tagKeys>>;
type Groups = Record<string, PlainObject>;

/** `ofEnvironment`: the environment's tags. */
export function composeTags({ tags }: TagRequest, ofEnvironment: Tags = {}): PlainObject {
  const cloudLabels = tags ?? ofEnvironment;
  return Object.keys(cloudLabels).length > 0 ? { cloudLabels } : {};
}

/** Problems of a spec's tags and labels, merged with `kops`; a problem in `kops` has its path there. */
export function tagProblemsOver(cluster: PlainObject, groups: Groups, kops: OperationRequest["kops"]): Issue[] {
  const over = { cluster: kops?.cluster ?? {}, instanceGroups: kops?.instanceGroups ?? {} };
  const merged = { cluster: deepMerge(cluster, over.cluster), instanceGroups: deepMerge(groups, over.instanceGroups) };
  return tagIssues(undefined, merged).map(({ path, message }) => ({
    path: has(over, path) ? ["kops", ...path] : path,
    message,
  }));
}

/** The same for a request, with the keys of its file, in an environment with these tags. */
export function requestTagProblems(
  request: TagRequest & MachineDefaults & { nodeGroups: Record<string, NodeGroup>; kops?: OperationRequest["kops"] },
  { tags: ofEnvironment = {}, defaultTags = {} }: { tags?: Tags | undefined; defaultTags?: Tags | undefined } = {},
): Issue[] {
  // Only the number of these tags matters here: the schemas of the file and of the stack check their keys.
  const cloudLabels = Object.fromEntries(
    Object.keys({ ...defaultTags, ...(request.tags ?? ofEnvironment) }).map((key, index) => [`tag-${index}`, key]),
  );
  const nodes = Object.entries(request.nodeGroups).map(([name, group]): [string, PlainObject | undefined] => [
    name,
    composeNodes({ ...request, nodeGroups: { [name]: { ...group, perZone: false } } }, [])[name],
  ]);
  const groups: Groups = {
    [controlPlanePrefix]: { role: "ControlPlane" },
    ...Object.fromEntries(nodes.map(([name, spec]) => [name, spec ?? {}])),
    ...Object.fromEntries(
      Object.keys(request.kops?.instanceGroups ?? {})
        .filter((name) => name.startsWith(controlPlanePrefix))
        .map((name) => [name, { role: "ControlPlane" }]),
    ),
  };
  return tagProblemsOver({ cloudLabels }, groups, request.kops).map(({ path, message }) => {
    const [part, name, field, ...below] = path;
    if (part !== "instanceGroups") return { path, message };
    if (name === controlPlanePrefix) return { path: ["tags"], message: `${controlPlanePrefix}…: ${message}` };
    const key = { nodeLabels: "labels", taints: "taints" }[String(field)];
    return { path: ["nodeGroups", name ?? "", ...(key === undefined ? [] : [key, ...below])], message };
  });
}
