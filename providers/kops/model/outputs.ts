import type { CloudNames } from "./cloud-names.ts";
import type { Condition } from "./conditions.ts";
import type { KopsClusterInputs } from "./inputs.ts";

/** An instance group as observed in AWS. Groups of Karpenter have no Auto Scaling group and are absent. */
export interface ObservedInstanceGroup {
  role: string;
  machineType: string;
  minSize: number;
  maxSize: number;
  desired: number;
  /** Name of the Auto Scaling group. */
  autoScalingGroup: string;
}

/** Outputs of the KopsCluster resource besides its inputs. None of them is a credential. */
export interface KopsClusterOutputs {
  /** Version of these outputs ({@link stateVersion}); absent in older states. */
  stateVersion: number;
  conditions: Condition[];
  /** Number of specs this cluster was brought to. */
  revision: number;
  /** Digest of the last spec that the whole cluster was brought to. */
  appliedDigest: string;
  kubernetesVersion: string;
  /** Address of the Kubernetes API by the cluster's own name. */
  endpoint: string;
  /** The cluster's certificate authority: PEM, without its key. */
  certificateAuthority: string;
  observed: Record<string, ObservedInstanceGroup>;
  /** Names and ids of what kOps made in AWS. */
  cloud: CloudNames;
  lastOperation: { verb: string; ended: string };
}

interface ApiPart {
  api?: { publicName?: string };
  /** `api.publicName` as v1alpha2 writes it. */
  masterPublicName?: string;
  topology?: { dns?: { type?: string } };
}

/**
 * Address of the Kubernetes API by the cluster's own name. Undefined when only the load balancer has an address (`dns:
 * none`, gossip).
 */
export function namedEndpoint(inputs: Pick<KopsClusterInputs, "name" | "cluster">): string | undefined {
  const { api, masterPublicName, topology } = inputs.cluster as ApiPart;
  if (topology?.dns?.type === "None" || inputs.name.endsWith(".k8s.local")) return undefined;
  return `https://${masterPublicName || api?.publicName || `api.${inputs.name}`}`;
}

/** Version of the outputs in Pulumi's state. */
export const stateVersion = 1;

type State = Readonly<Record<string, unknown>>;

/**
 * Upgrades from each version to the next, by the number of the older one. They stay for ever, because a cluster may be
 * years older than the program. Outputs that an older version lacks stay absent until the next update or refresh.
 */
const upgrades: readonly ((state: State) => State)[] = [
  // 0: outputs without a version, and without the names of what kOps made.
  (state) => ({ ...state, stateVersion: 1 }),
];

/**
 * Upgrades a state of any age to the current version. A state of a newer program is taken as it is, because versions
 * only add fields. The empty state of a new resource stays empty. Inputs alone, as `check` gets them, have no version:
 * every upgrade runs on them, even on current ones, so an upgrade must leave newer fields as they are.
 */
export function upgradeState(state: State): Record<string, unknown> {
  if (Object.keys(state).length === 0) return {};
  const { stateVersion: version } = state;
  const from = typeof version === "number" && Number.isInteger(version) && version >= 0 ? version : 0;
  return upgrades
    .slice(from)
    .reduce<Record<string, unknown>>((older, upgrade) => ({ ...upgrade(older) }), { ...state });
}
