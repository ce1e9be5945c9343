import { isPlainObject } from "../../components/config/merge.ts";
import { clusterFile, clustersIn, region, stacks, withFiles, zoneName } from "./desired.ts";
import type { Named } from "./desired.ts";
import { fileEdit, freeName, requestsIn } from "./edit.ts";
import type { EditKind } from "./edit.ts";

/** More clusters at a time cost memory and minutes, and show nothing new. */
const mostClusters = 4;

const machineTypes = ["t3.large", "t3.xlarge", "t3.2xlarge"];

const groupsOf = ({ value }: Named): string[] =>
  isPlainObject(value["nodeGroups"]) ? Object.keys(value["nodeGroups"]) : [];

/** Edits that name, add, copy, rename and remove cluster files. */
const wholeFiles: readonly EditKind[] = [
  {
    name: "add-cluster",
    weight: 3,
    make(context) {
      const { desired, random } = context;
      if (clustersIn(desired).length >= mostClusters) return undefined;
      const [name, stack] = [freeName(context), random.pick(stacks) ?? "sbx"];
      const value = {
        ...clusterFile(name, random.below(2)),
        ...(random.chance(0.5) && { deletion: { retain: "0s" } }),
        deletionProtection: false,
      };
      return {
        description: `clusters/${stack}/${name}.yaml: a new cluster`,
        stack,
        desired: withFiles(desired, { [`${stack}/${name}.yaml`]: { value } }),
        expected: "accepted",
        long: true,
      };
    },
  },
  {
    name: "add-cluster-in-folder",
    weight: 1,
    make(context) {
      const { desired, facts } = context;
      if (clustersIn(desired).length >= mostClusters) return undefined;
      const name = freeName(context);
      const value = {
        ...clusterFile(name, 0),
        deletionProtection: false,
        kops: { cluster: { configBase: `s3://${facts.stateBucket}/kops/${name}.${zoneName}` } },
      };
      return {
        description: `clusters/sbx/${name}.yaml: a new cluster with a configBase in a folder of its own`,
        stack: "sbx",
        desired: withFiles(desired, { [`sbx/${name}.yaml`]: { value } }),
        long: true,
      };
    },
  },
  {
    name: "name-outside-zone",
    weight: 5,
    make(context) {
      const { desired, random } = context;
      const zone = random.pick(["other.example.com", "sbx.pilot.example", "pilot.internal"]);
      const name = `${freeName(context)}.${zone ?? ""}`;
      const stack = random.pick(stacks) ?? "sbx";
      return {
        description: `clusters/${stack}/out.yaml: a new cluster ${name}, outside the zone`,
        stack,
        desired: withFiles(desired, { [`${stack}/out.yaml`]: { value: clusterFile(name, 0) } }),
        expected: "refused",
      };
    },
  },
  {
    name: "copy-file",
    weight: 4,
    make({ desired, random }) {
      const cluster = random.pick(clustersIn(desired));
      if (!cluster) return undefined;
      const path = `${cluster.stack}/copy-of-${cluster.name}.yaml`;
      return {
        description: `clusters/${cluster.path} copied to ${path}, with the same name in it`,
        stack: cluster.stack,
        desired: withFiles(desired, { [path]: { value: cluster.value } }),
        expected: "refused",
      };
    },
  },
  {
    name: "copy-file-to-other-stack",
    weight: 4,
    make({ desired, random }) {
      const cluster = random.pick(requestsIn(desired));
      // The other stack may adopt a cluster with `adopt`.
      if (!cluster || cluster.value["adopt"] === true) return undefined;
      const stack = cluster.stack === "sbx" ? "team" : "sbx";
      const path = `${stack}/${cluster.name}.yaml`;
      if (path in desired.files) return undefined;
      return {
        description: `clusters/${cluster.path} copied to the stack ${stack}`,
        stack,
        desired: withFiles(desired, { [path]: { value: cluster.value } }),
        expected: "refused",
      };
    },
  },
  {
    name: "rename-file",
    weight: 3,
    make({ desired, random }) {
      const cluster = random.pick(clustersIn(desired));
      if (!cluster) return undefined;
      const path = `${cluster.stack}/file-${random.below(1000)}.yml`;
      return {
        description: `clusters/${cluster.path} renamed to ${path}`,
        stack: cluster.stack,
        desired: withFiles(desired, { [cluster.path]: undefined, [path]: { value: cluster.value } }),
        expected: "accepted",
      };
    },
  },
  {
    name: "remove-file",
    weight: 3,
    make({ desired, random }) {
      const cluster = random.pick(clustersIn(desired));
      if (!cluster || clustersIn(desired).length <= 2) return undefined;
      return {
        description: `clusters/${cluster.path} removed`,
        stack: cluster.stack,
        desired: withFiles(desired, { [cluster.path]: undefined }),
        long: true,
      };
    },
  },
  {
    name: "rename-cluster",
    weight: 1,
    make(context) {
      const { desired, random } = context;
      const cluster = random.pick(requestsIn(desired));
      if (!cluster) return undefined;
      const name = freeName(context);
      return {
        description: `clusters/${cluster.path}: ${cluster.name} renamed to ${name}`,
        stack: cluster.stack,
        desired: withFiles(desired, { [cluster.path]: { value: { ...cluster.value, name } } }),
        long: true,
      };
    },
  },
  {
    name: "invalid-yaml",
    weight: 3,
    make({ desired, random }) {
      const cluster = random.pick(clustersIn(desired));
      if (!cluster) return undefined;
      const text =
        random.pick([
          "name: [k1\n",
          "name: k1\n  kopsVersion: 1.35.0\n",
          "",
          "- a\n- list\n",
          "name: k1\n---\nname: k2\n",
        ]) ?? "";
      return {
        description: `clusters/${cluster.path}: ${JSON.stringify(text)}`,
        stack: cluster.stack,
        desired: withFiles(desired, { [cluster.path]: { text } }),
        expected: "refused",
      };
    },
  },
];

/** Edits of the content of a cluster file. */
const insideFiles: readonly EditKind[] = [
  fileEdit("machine-type", 3, "accepted", ({ random }, cluster) => {
    const [group, machineType] = [random.pick(groupsOf(cluster)), random.pick(machineTypes) ?? ""];
    if (group === undefined || random.chance(0.3))
      return { changes: { controlPlane: { machineType } }, what: `control plane of ${machineType}` };
    return { changes: { nodeGroups: { [group]: { machineType } } }, what: `${group} of ${machineType}` };
  }),
  fileEdit("count", 3, "accepted", ({ random }, cluster) => {
    const [group, count] = [random.pick(groupsOf(cluster)) ?? "nodes", random.below(3)];
    return { changes: { nodeGroups: { [group]: { count } } }, what: `${count} nodes in ${group}` };
  }),
  fileEdit("add-group", 2, "accepted", ({ random }, cluster) => {
    const group = random.pick(["blue", "green", "red"].filter((name) => !groupsOf(cluster).includes(name)));
    if (group === undefined || groupsOf(cluster).length >= 2) return undefined;
    return {
      changes: { nodeGroups: { [group]: { machineType: "t3.large", count: random.below(2) } } },
      what: `a group ${group}`,
    };
  }),
  fileEdit("remove-group", 2, "accepted", ({ random }, cluster) => {
    const group = random.pick(groupsOf(cluster));
    return group === undefined || groupsOf(cluster).length < 2
      ? undefined
      : { changes: { nodeGroups: { [group]: null } }, what: `without the group ${group}` };
  }),
  fileEdit("rename-group", 2, "accepted", ({ random }, cluster) => {
    const [group, name] = [
      random.pick(groupsOf(cluster)),
      random.pick(["one", "two", "three"].filter((one) => !groupsOf(cluster).includes(one))),
    ];
    const groups = cluster.value["nodeGroups"];
    if (group === undefined || name === undefined || !isPlainObject(groups)) return undefined;
    return {
      changes: { nodeGroups: { [group]: null, [name]: groups[group] } },
      what: `the group ${group} renamed to ${name}`,
    };
  }),
  fileEdit("deletion-protection", 3, "accepted", ({ random }) => {
    const deletionProtection = random.chance(0.4);
    return { changes: { deletionProtection }, what: `deletionProtection: ${String(deletionProtection)}` };
  }),
  fileEdit("retain", 2, "accepted", ({ random }) => {
    const retain = random.pick(["0s", "24h", "720h"]);
    return { changes: { deletion: { retain } }, what: `deletion.retain: ${retain ?? ""}` };
  }),
  fileEdit("adopt", 2, "accepted", () => ({
    changes: { adopt: true },
    what: "adopt: true, though it is this stack's",
  })),
  fileEdit("unknown-key", 2, "refused", ({ random }) => {
    const key = random.pick(["machineTyp", "nodegroups", "manifests", "statestore"]) ?? "";
    return { changes: { [key]: {} }, what: `the key ${key}` };
  }),
  fileEdit("wrong-zone", 2, "refused", ({ random }) => {
    const zone = random.pick([`${region}f`, "us-east-1a", "ap-southeast-2"]);
    return { changes: { zones: [zone] }, what: `zones: [${zone ?? ""}]` };
  }),
  fileEdit("wrong-count", 2, "refused", ({ random }) => {
    const count = random.pick([-1, 1.5, "two", 2000]);
    return { changes: { nodeGroups: { nodes: { machineType: "t3.large", count } } }, what: `${String(count)} nodes` };
  }),
  fileEdit("reserved-tag-of-cluster", 4, "refused", ({ random, desired }) => {
    const key = reservedTag(random.below(7), desired.files);
    return { changes: { tags: { [key]: "other" } }, what: `the tag ${key}` };
  }),
];

/** Tag keys that kOps, Kubernetes and AWS use. */
export function reservedTag(which: number, files: Readonly<Record<string, unknown>>): string {
  const keys = [
    "KubernetesCluster",
    `kubernetes.io/cluster/n1.${zoneName}`,
    "k8s.io/role/control-plane",
    "kops.k8s.io/instancegroup",
    "Name",
    "aws:cloudformation:stack-name",
    "k".repeat(129),
  ];
  return keys[(which + Object.keys(files).length) % keys.length] ?? "Name";
}

export const fileEdits: readonly EditKind[] = [...wholeFiles, ...insideFiles];
