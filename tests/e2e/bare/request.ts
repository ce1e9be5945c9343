import yaml from "js-yaml";
import { composeCluster } from "../../../components/cluster/compose.ts";
import { clusterRequest } from "../../../components/cluster/request/request.ts";
import type { KopsClusterInputs } from "../../../providers/kops/index.ts";
import { region } from "./network.ts";
import type { Surroundings } from "./network.ts";

export const domain = "bare.internal";

/** Arguments of a KopsCluster as a program gives them: the owner is the stack's. */
export type BareArgs = Omit<KopsClusterInputs, "owner">;

/** How a cluster is rolled and validated where nodes join within a second. */
export const quick: Pick<BareArgs, "rollingUpdate" | "validation"> = {
  rollingUpdate: {
    controlPlaneInterval: "1s",
    nodeInterval: "1s",
    bastionInterval: "1s",
    postDrainDelay: "1s",
    validateCount: 1,
  },
  validation: { interval: "1s", timeout: "5m", count: 1 },
};

/**
 * Arguments of a cluster out of a cluster file's text, as the components compose them, in these surroundings, with
 * `dns: none`. One control-plane node and two workers unless the text says otherwise.
 */
export function bareArgs(
  name: string,
  surroundings: Surroundings,
  text = "",
  changes: Partial<BareArgs> = {},
): BareArgs {
  const base = {
    name,
    kopsVersion: "1.35.0",
    kubernetesVersion: "1.34.3",
    apiAccess: ["10.20.0.0/16"],
    controlPlane: { count: 1, machineType: "t3.medium" },
    nodeGroups: { nodes: { machineType: "t3.large", count: 2 } },
  };
  const request = clusterRequest.parse({ ...base, ...(yaml.load(text) as Record<string, unknown> | undefined) });
  const composed = composeCluster(request, {
    network: surroundings,
    dns: { topology: "None", zoneName: domain },
    store: surroundings,
  });
  return {
    name: composed.name,
    stateStore: surroundings.stateStore,
    region,
    kopsVersion: request.kopsVersion,
    cluster: { ...composed.cluster, channel: "none" },
    instanceGroups: composed.instanceGroups,
    ...quick,
    ...changes,
  };
}
