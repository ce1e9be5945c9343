import type { CloudNames } from "./cloud-names.ts";
import type { Condition } from "./conditions.ts";
import type { KopsClusterInputs } from "./inputs.ts";

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

interface ApiPart {
  api?: { publicName?: string };
  /** `api.publicName` as v1alpha2 writes it. */
  masterPublicName?: string;
  topology?: { dns?: { type?: string } };
}

/**
 * Address of the Kubernetes API by the cluster's own name; nothing when only the load balancer has one (`dns: none`,
 * gossip).
 */
export function namedEndpoint(inputs: Pick<KopsClusterInputs, "name" | "cluster">): string | undefined {
  const { api, masterPublicName, topology } = inputs.cluster as ApiPart;
  if (topology?.dns?.type === "None" || inputs.name.endsWith(".k8s.local")) return undefined;
  return `https://${masterPublicName || api?.publicName || `api.${inputs.name}`}`;
}

/** The form that outputs have in Pulumi's state from now on. */
export const stateVersion = 1;

type State = Readonly<Record<string, unknown>>;

/**
 * From each older form to the next, by the number of the older one. Kept for ever: a cluster may be years older than
 * the program that takes care of it. What an older form did not have is left absent; it comes with the next update or
 * refresh.
 */
const upgrades: readonly ((state: State) => State)[] = [
  // 0: outputs without a version, and without the names of what kOps made.
  (state) => ({ ...state, stateVersion: 1 }),
];

/**
 * A state of any age in today's form. One that a newer program wrote is taken as it is: forms only ever gain fields. An
 * empty one, of a resource that is new, stays empty. Inputs alone, as check gets them, carry no version: every upgrade
 * is done to them, also when they are of today, and must leave what has the newer form as it is.
 */
export function upgradeState(state: State): Record<string, unknown> {
  if (Object.keys(state).length === 0) return {};
  const { stateVersion: version } = state;
  const from = typeof version === "number" && Number.isInteger(version) && version >= 0 ? version : 0;
  return upgrades
    .slice(from)
    .reduce<Record<string, unknown>>((older, upgrade) => ({ ...upgrade(older) }), { ...state });
}
