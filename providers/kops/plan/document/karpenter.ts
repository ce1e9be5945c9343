import type { KopsClusterInputs } from "../../model/inputs.ts";
import type { Plan } from "../plan.ts";
import { isKarpenter } from "../../model/instance-groups.ts";
import { isRecord } from "../../model/spec.ts";
import { managesNodePools } from "../../model/versions.ts";

/**
 * Files that kOps writes for the nodes of a Karpenter group, in place of a launch template
 * (pkg/model/bootstrapscript.go).
 */
const filesOf = (group: string): readonly string[] => [`nodeupconfig-${group}`, `nodeupscript-${group}`];

/**
 * Ids of a group's subnets that kOps did not make. kOps only tags those as shared (CloudTags in pkg/model/context.go).
 */
function givenSubnets(cluster: Record<string, unknown>, spec: Record<string, unknown>): string[] {
  const { subnets } = cluster;
  const names: readonly unknown[] = Array.isArray(spec["subnets"]) ? spec["subnets"] : [];
  return (Array.isArray(subnets) ? subnets.filter(isRecord) : []).flatMap(({ name, id }) =>
    names.includes(name) && typeof id === "string" && id !== "" ? [id] : [],
  );
}

/**
 * Lines on nodes that Karpenter makes. kOps counts all of them as up to date, so their changes are in no roll, unless
 * `force` rolls the group (`rolling`). Karpenter decides which change reaches them.
 */
export function karpenterLines(
  {
    name,
    kopsVersion,
    stateStore,
    cluster,
    instanceGroups,
  }: Pick<KopsClusterInputs, "name" | "kopsVersion" | "stateStore" | "cluster" | "instanceGroups">,
  plan: Pick<Plan, "create" | "modify">,
  rolling: readonly string[],
): string[] {
  const files = (changes: Plan["modify"]): Set<string> =>
    new Set(changes.filter(({ kind }) => kind === "ManagedFile").map((change) => change.name));
  const [made, changed] = [files(plan.create), files(plan.modify)];
  const touched = (group: string, by: ReadonlySet<string>): boolean => filesOf(group).some((file) => by.has(file));
  const base =
    typeof cluster["configBase"] === "string" ? cluster["configBase"] : `${stateStore.replace(/\/$/, "")}/${name}`;
  return Object.entries(instanceGroups).flatMap(([group, spec]): string[] => {
    if (!isKarpenter(spec)) return [];
    const script = `${base}/igconfig/node/${group}/nodeupscript.sh`;
    if (managesNodePools(kopsVersion)) {
      const given = touched(group, made) ? givenSubnets(cluster, spec) : [];
      return [
        ...(given.length > 0
          ? [
              `no node of ${group} unless ${given.join(", ")} ${given.length === 1 ? "has" : "have"} the tags ` +
                `KubernetesCluster=${name} and kops.k8s.io/instance-group/${group}=true, by which Karpenter finds ` +
                "subnets: kOps does not put them on subnets that are given by id",
            ]
          : []),
        ...(touched(group, changed) && !rolling.includes(group)
          ? [`not rolled here: ${group}, whose nodes Karpenter replaces by itself as they drift from NodePool ${group}`]
          : []),
      ];
    }
    if (touched(group, made))
      return [
        `no node yet: ${group} gets its nodes from an EC2NodeClass and a NodePool that you make, with the user ` +
          `data of ${script}`,
      ];
    if (!touched(group, changed)) return [];
    return [
      `not rolled here: ${group}, whose nodes Karpenter makes; kOps ${kopsVersion} leaves its EC2NodeClass as it ` +
        `is, and no new node joins until that has the user data of ${script}`,
    ];
  });
}
