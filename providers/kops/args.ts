import type { Input } from "@pulumi/pulumi";

/** A kOps ClusterSpec (`spec` of `kind: Cluster`, kops.k8s.io/v1alpha2). Every field of kOps can be given; kOps itself checks them. */
export type ClusterSpec = Record<string, unknown>;

/** A kOps InstanceGroupSpec (`spec` of `kind: InstanceGroup`). Every field of kOps can be given. */
export type InstanceGroupSpec = Record<string, unknown>;

/** How the nodes of changed instance groups are replaced. Unset options are those of `kops rolling-update cluster`. */
export interface RollingUpdateOptions {
  /** `automatic` rolls as part of the update; `manual` applies and reports the nodes that wait. @default "automatic" */
  strategy?: "automatic" | "manual";
  /** Wait between two control-plane nodes, as a Go duration (`15s`). @default kOps's own (15s) */
  controlPlaneInterval?: string;
  /** Wait between two worker nodes, as a Go duration. @default kOps's own (15s) */
  nodeInterval?: string;
  /** Wait between two bastions, as a Go duration. @default kOps's own (15s) */
  bastionInterval?: string;
  /** How long a node may take to drain, as a Go duration; a drain that takes longer fails the roll. @default kOps's own (15m) */
  drainTimeout?: string;
  /** Wait after a drain before the instance is terminated, as a Go duration. @default kOps's own (5s) */
  postDrainDelay?: string;
  /** How long the cluster may take to validate after each node, as a Go duration. @default kOps's own (15m) */
  validationTimeout?: string;
  /** How many validations in a row must pass after each node. @default kOps's own (2) */
  validateCount?: number;
}

/** How the cluster is validated at the end of create and update. */
export interface ValidationOptions {
  /** Time between two looks, as a Go duration. @default "10s" */
  interval?: string;
  /** How long the cluster may take to become valid, as a Go duration. @default "20m" */
  timeout?: string;
  /** How many validations in a row must pass. @default 1 */
  count?: number;
}

/** Inputs of {@link KopsCluster}, as plain values. */
export interface KopsClusterInputs {
  /** Full DNS name of the cluster: kOps's `metadata.name`. Can never change. */
  name: string;
  /** The kOps state store, `s3://bucket` or `s3://bucket/prefix`. Can never change. */
  stateStore: string;
  /** Exact version of kOps, without a leading `v`. Another version is another node user data: all nodes roll. */
  kopsVersion: string;
  /** The kOps ClusterSpec. */
  cluster: ClusterSpec;
  /** The kOps InstanceGroupSpecs by name. A group that leaves this record is drained and deleted. */
  instanceGroups: Record<string, InstanceGroupSpec>;
  /** SSH public keys in authorized_keys form. kOps on AWS takes one. @default none */
  sshPublicKeys?: string[];
  rollingUpdate?: RollingUpdateOptions;
  validation?: ValidationOptions;
  /** AWS region of the cluster. */
  region: string;
}

/** Arguments of the {@link KopsCluster} resource. */
export type KopsClusterArgs = { [K in keyof KopsClusterInputs]: Input<KopsClusterInputs[K]> };
