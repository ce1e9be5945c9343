import type { Condition } from "./conditions.ts";

/** What is seen of an instance group in the cloud. */
export interface ObservedInstanceGroup {
  role: string;
  machineType: string;
  minSize: number;
  maxSize: number;
  desired: number;
  /** Name of the Auto Scaling group. */
  autoScalingGroup: string;
}

/** Outputs of the KopsCluster resource, besides its inputs. None of them is a credential. */
export interface KopsClusterOutputs {
  conditions: Condition[];
  /** Counts the specs this cluster was brought to. */
  revision: number;
  /** Digest of the spec the whole cluster was last brought to. */
  appliedDigest: string;
  kubernetesVersion: string;
  /** Address of the Kubernetes API by the cluster's own name. */
  endpoint: string;
  /** The cluster's certificate authority: PEM, without its key. */
  certificateAuthority: string;
  observed: Record<string, ObservedInstanceGroup>;
  lastOperation: { verb: string; ended: string };
}
