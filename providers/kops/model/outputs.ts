import type { CloudNames } from "./cloud-names.ts";
import type { Condition } from "./conditions.ts";

/** What is seen of an instance group in the cloud, by its Auto Scaling group: those of Karpenter's have none. */
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
  /** The form of these outputs (`state-version.ts`); absent in states older than it. */
  stateVersion: number;
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
  /** Names and ids of what kOps made in the cloud. */
  cloud: CloudNames;
  lastOperation: { verb: string; ended: string };
}
