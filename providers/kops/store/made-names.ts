import { computedNames, hashOf, iamNameOf } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { isRecord } from "../model/spec.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "./manifests.ts";
import type { Journal } from "./journal.ts";
import type { ObjectStore } from "./store.ts";

/**
 * What of the names that kOps gives depends on the manifests. Kept in the journal: during a deletion kOps removes the
 * manifests.
 */
export interface MadeFrom {
  /** Names of the Auto Scaling groups, which are those of their launch templates, too. */
  autoScalingGroups: string[];
  /** Whether kOps writes DNS records for the cluster. */
  records: boolean;
}

/** Names of what kOps makes for a cluster, as kOps composes them (pkg/model/names.go, pkg/model/awsmodel). */
export interface MadeNames extends MadeFrom {
  cluster: string;
  roles: string[];
  securityGroups: string[];
  queue: string;
  /** Event rules are named by this, a dash, and an event. */
  rulePrefix: string;
  rules: string[];
}

const longestQueuePrefix = 75;
const longestRulePrefix = 40;

/** truncate.TruncateString of kOps: the whole text, or its beginning with a hash of all of it. */
function shortened(text: string, longest: number): string {
  const hash = hashOf(text);
  return text.length <= longest ? text : `${text.slice(0, longest - hash.length - 1)}-${hash}`;
}

/** Events that kOps makes rules for (nodeterminationhandler.go); the last one only on demand. */
const events = [
  "ASGLifecycle",
  "SpotInterruption",
  "InstanceStateChange",
  "InstanceScheduledChange",
  "RebalanceRecommendation",
];

/** All names of a cluster. */
export function madeNames(cluster: string, from: MadeFrom): MadeNames {
  const rulePrefix = shortened(cluster, longestRulePrefix);
  return {
    ...from,
    cluster,
    roles: (["ControlPlane", "APIServer", "Node", "Bastion"] as const).map((role) => iamNameOf(role, cluster)),
    securityGroups: ["masters", "nodes", "bastion", "api-elb", "bastion-elb"].map((part) => `${part}.${cluster}`),
    // Periods are not allowed in the name of a queue.
    queue: `${shortened(cluster.replaceAll(".", "-"), longestQueuePrefix)}-nth`,
    rulePrefix,
    rules: events.map((event) => `${rulePrefix}-${event}`),
  };
}

function writesRecords(cluster: string, spec: Record<string, unknown>): boolean {
  const topology = isRecord(spec["topology"]) ? spec["topology"] : {};
  const dns = isRecord(topology["dns"]) ? topology["dns"] : {};
  const { type } = dns;
  return !cluster.endsWith(".k8s.local") && !(typeof type === "string" && type.toLowerCase() === "none");
}

type Groups = Readonly<Record<string, Record<string, unknown>>>;

/** The same, of all that is known of a cluster: its manifests, what Pulumi's state asks for, what was applied last. */
export function madeFrom(
  cluster: string,
  spec: Record<string, unknown>,
  known: readonly (Groups | undefined)[],
): MadeFrom {
  const names = known.flatMap((groups) =>
    Object.values(computedNames(cluster, groups ?? {}).instanceGroups).map(({ autoScalingGroup }) => autoScalingGroup),
  );
  return { autoScalingGroups: [...new Set(names)].sort(), records: writesRecords(cluster, spec) };
}

/** The names of a cluster whose manifests may be gone already. */
export async function namesOf(
  store: ObjectStore,
  inputs: Pick<KopsClusterInputs, "name" | "cluster" | "instanceGroups">,
  journal: Pick<Journal, "lastApplied" | "applied" | "deletion"> | undefined,
  spec: Record<string, unknown> | undefined,
): Promise<MadeNames> {
  const { name } = inputs;
  const live = await liveGroupSpecs(store, name, groupsIn(await manifestEtags(store, name), name));
  const now = madeFrom(name, spec ?? journal?.applied?.spec?.cluster ?? inputs.cluster, [
    live,
    inputs.instanceGroups,
    journal?.lastApplied?.instanceGroups,
    journal?.applied?.spec?.instanceGroups,
  ]);
  const before = journal?.deletion?.made;
  if (before === undefined) return madeNames(name, now);
  return madeNames(name, {
    autoScalingGroups: [...new Set([...before.autoScalingGroups, ...now.autoScalingGroups])].sort(),
    records: before.records,
  });
}
