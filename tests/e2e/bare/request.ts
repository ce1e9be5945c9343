import yaml from "js-yaml";
import { composeCluster } from "../../../components/cluster/compose.ts";
import { clusterRequest } from "../../../components/cluster/request/request.ts";
import type { KopsClusterInputs } from "../../../providers/kops/index.ts";
import { region } from "./network.ts";
import type { Infrastructure } from "./network.ts";

export const domain = "bare.internal";

/** Arguments of a KopsCluster in a program. The owner is derived from the stack. */
export type BareArgs = Omit<KopsClusterInputs, "owner">;

/** Short intervals, for the local cloud, whose nodes join within a second. */
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
 * Composes the arguments of a cluster from the text of a cluster file, as the components do, with `dns: none`.
 * @param text YAML; its defaults are one control-plane node and two workers
 */
export function bareArgs(
  name: string,
  infrastructure: Infrastructure,
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
    network: infrastructure,
    dns: { topology: "None", zoneName: domain },
    store: infrastructure,
  });
  return {
    name: composed.name,
    stateStore: infrastructure.stateStore,
    region,
    kopsVersion: request.kopsVersion,
    cluster: { ...composed.cluster, channel: "none" },
    instanceGroups: composed.instanceGroups,
    ...quick,
    ...changes,
  };
}
