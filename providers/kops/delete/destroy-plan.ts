import type { Resource, Tags } from "../aws/resources/resource.ts";
import type { Listed } from "../kops-cli/output/index.ts";
import { KopsError } from "../model/errors.ts";
import { clusterTagOf, kopsClusterTag } from "../model/tag-keys.ts";
import type { Journal } from "../store/journal.ts";

/** What somebody in the cluster made, and for what. */
export interface WorkloadResource extends Listed {
  /** The Service, Ingress or PersistentVolumeClaim, as its tags have it. */
  madeFor: string;
}

/** What a destroy of a cluster would do, for people and programs. */
export interface DestroyPlan {
  cluster: string;
  /** kOps deletes these, the workloads' own among them. */
  goes: Listed[];
  /** The cluster's own as well, which kOps does not know for its: deleted after it. */
  alsoGoes: Listed[];
  /** Of what kOps deletes: what the workloads made. Volumes with their data. */
  madeByWorkloads: WorkloadResource[];
  /** Made by the workloads, and not known to kOps. */
  leftBehind: WorkloadResource[];
  /** What happens to what the workloads made: deleted, or the deletion stops before it begins. */
  workloadResources: "delete" | "stop";
  /** Somebody else's, in words: the deletion is refused because of it. */
  blockedBy: string[];
  /** May be the cluster's, but nothing shows it: left as it is. */
  unproven: Listed[];
  /** Shared with others: not touched. */
  stays: string[];
  /** Whether `deletionProtection` refuses it for now. */
  protected: boolean;
}

/**
 * What a resource was made for by something that runs in the cluster: the in-tree and the AWS cloud provider, the AWS
 * Load Balancer Controller, the EBS CSI driver. Nothing for what kOps made, and for what is another cluster's.
 */
export function madeFor(cluster: string, tags: Tags): string | undefined {
  const owned =
    tags[clusterTagOf(cluster)] !== undefined ||
    tags[kopsClusterTag] === cluster ||
    tags["elbv2.k8s.aws/cluster"] === cluster;
  if (!owned) return undefined;
  const service = tags["kubernetes.io/service-name"] ?? tags["service.k8s.aws/stack"];
  if (service !== undefined) return `Service ${service}`;
  const ingress = tags["ingress.k8s.aws/stack"];
  if (ingress !== undefined) return `Ingress ${ingress}`;
  const snapshot = tags["CSIVolumeSnapshotName"];
  if (snapshot !== undefined) return `VolumeSnapshot ${snapshot}`;
  const claim = tags["kubernetes.io/created-for/pvc/name"];
  if (claim !== undefined)
    return `PersistentVolumeClaim ${tags["kubernetes.io/created-for/pvc/namespace"] ?? "?"}/${claim}`;
  if (tags["ebs.csi.aws.com/cluster"] !== undefined || tags["CSIVolumeName"] !== undefined) return "a PersistentVolume";
  return tags["elbv2.k8s.aws/cluster"] === undefined ? undefined : "a load balancer controller";
}

/**
 * Refuses to call it a plan when kOps finds nothing of a cluster that the journal has as applied: it most likely looked
 * in another account. Once a deletion has begun, there may really be nothing left.
 */
export function refuseNothing(
  cluster: string,
  listed: readonly Listed[],
  journal: Pick<Journal, "applied" | "conditions"> | undefined,
  { region, asWhom }: { region: string; asWhom: string },
): void {
  const applied =
    journal?.applied !== undefined ||
    journal?.conditions.some(({ type, status }) => type === "CloudApplied" && status === "True") === true;
  if (listed.length > 0 || !applied) return;
  throw new KopsError({
    what: `kOps finds no cloud resource of ${cluster} in ${region} as ${asWhom}`,
    why:
      "its manifest is in the store, and its journal says that its cloud resources were made: they are most " +
      "likely in another account",
    next:
      "run the same command as who works on the cluster (--profile NAME, --assume-role ARN); if somebody has " +
      "deleted them all, `pulumi destroy` clears up the rest",
  });
}

/** What is known of a cluster before its deletion. */
export interface SeenForPlan {
  cluster: string;
  listed: readonly Listed[];
  /** The cluster's own by its tags or names. */
  own: readonly Resource[];
  workload: readonly Resource[];
  unproven: readonly Resource[];
  blockedBy: readonly string[];
  stays: readonly string[];
  workloadResources: "delete" | "stop";
  protected: boolean;
}

/** A resource as kOps lists it: it has one word for both kinds of load balancers. */
export function listedOf({ kind, name, id }: Resource): Listed {
  return { kind: kind === "classic-load-balancer" ? "load-balancer" : kind, name, id };
}

/** What tells one resource from all others: a group, its launch template and its role may have one name. */
export function keyOf({ kind, id }: Pick<Listed, "kind" | "id">): string {
  return `${kind}:${id}`;
}

/** Sorts what was seen into what goes, by kOps and beside it, and what is not the cluster's own. */
export function destroyPlan(seen: SeenForPlan): DestroyPlan {
  const going = new Set(seen.listed.map(keyOf));
  const also = seen.own.map(listedOf).filter((one) => !going.has(keyOf(one)));
  const pick = (goes: boolean): WorkloadResource[] =>
    seen.workload
      .filter((one) => going.has(keyOf(listedOf(one))) === goes)
      .map((one) => ({ ...listedOf(one), madeFor: madeFor(seen.cluster, one.tags) ?? "a workload" }));
  return {
    cluster: seen.cluster,
    goes: [...seen.listed],
    alsoGoes: also,
    madeByWorkloads: pick(true),
    leftBehind: pick(false),
    workloadResources: seen.workloadResources,
    blockedBy: [...seen.blockedBy],
    unproven: seen.unproven.map(listedOf),
    stays: [...seen.stays],
    protected: seen.protected,
  };
}

/** The plan in lines for people. */
export function destroyPlanText(plan: DestroyPlan): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, name, id } of [...plan.goes, ...plan.alsoGoes])
    kinds.set(kind, [...(kinds.get(kind) ?? []), name || id]);
  const one = ({ kind, name, id }: Listed): string => `  ${kind.replaceAll("-", " ")} ${name || id}`;
  const data = (kind: string): string => (kind === "volume" || kind === "snapshot" ? ", with its data" : "");
  const workload = ({ kind, name, id, madeFor: purpose }: WorkloadResource): string =>
    `  ${kind} ${name || id} of ${purpose}${data(kind)}`;
  const made = [...plan.madeByWorkloads, ...plan.leftBehind];
  const stops = plan.workloadResources === "stop";
  const stopping =
    "The workloads made these, and deletion.workloadResources is stop: it is refused until they are gone (delete " +
    "the Services, Ingresses and claims), or set to delete:";
  return [
    `A destroy of ${plan.cluster} deletes ${plan.goes.length + plan.alsoGoes.length} cloud resources:`,
    ...[...kinds].map(([kind, names]) => `  ${names.length} ${kind}: ${names.join(", ")}`),
    ...(plan.alsoGoes.length > 0
      ? ["Of these kOps does not know, and they are deleted beside it:", ...plan.alsoGoes.map(one)]
      : []),
    ...(made.length > 0
      ? [
          stops
            ? stopping
            : "The workloads made these, and they are deleted too (deletion.workloadResources is delete):",
          ...made.map(workload),
        ]
      : []),
    ...(plan.blockedBy.length > 0
      ? ["It is refused for now, because of what somebody else has:", ...plan.blockedBy.map((text) => `  ${text}`)]
      : []),
    ...(plan.unproven.length > 0
      ? [
          "These have names that kOps gives, and nothing shows whose they are; they are left as they are:",
          ...plan.unproven.map(one),
        ]
      : []),
    ...(plan.stays.length > 0 ? ["What stays:", ...plan.stays.map((text) => `  ${text}`)] : []),
    ...(plan.protected ? ["It is refused for now: deletionProtection is on."] : []),
  ].join("\n");
}
