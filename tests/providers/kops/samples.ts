import type { KopsClusterInputs } from "../../../providers/kops/index.ts";

/** A valid set of inputs: an HA control plane and one worker group. */
export function sampleInputs(changes: Partial<KopsClusterInputs> = {}): KopsClusterInputs {
  const node = {
    role: "Node",
    machineType: "t3.large",
    image: "ami-0a1",
    minSize: 3,
    maxSize: 3,
    subnets: ["ap-southeast-2a"],
  };
  const controlPlane = {
    role: "ControlPlane",
    machineType: "t3.medium",
    image: "ami-0a1",
    minSize: 1,
    maxSize: 1,
    subnets: ["ap-southeast-2a"],
  };
  return {
    name: "k1.sbx.example.com",
    stateStore: "s3://state-of-sbx",
    kopsVersion: "1.35.0",
    cluster: { kubernetesVersion: "1.34.3", networking: { cilium: {} }, kubelet: { anonymousAuth: false } },
    instanceGroups: { "control-plane-a": controlPlane, nodes: node },
    owner: "organisation/pilot/sbx",
    region: "ap-southeast-2",
    ...changes,
  };
}
