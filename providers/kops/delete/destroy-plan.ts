import { KopsError } from "../errors.ts";
import type { Journal } from "../store/journal.ts";
import type { Tagged } from "./tagged.ts";

/** A cloud resource in the list of `kops delete cluster`. */
export interface Listed {
  kind: string;
  name: string;
  id: string;
}

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
  /** Of what goes: what the workloads made. Volumes with their data. */
  madeByWorkloads: WorkloadResource[];
  /** Made by the workloads, and left behind: kOps does not know it for the cluster's. */
  leftBehind: WorkloadResource[];
  /** Shared with others: not touched. */
  stays: string[];
  /** Whether `deletionProtection` refuses it for now. */
  protected: boolean;
}

/** What kOps says when it finds nothing (cmd/kops/delete_cluster.go). */
const nothing = "No cloud resources to delete";

/** The table of `kops delete cluster` without `--yes`: columns TYPE, NAME and ID, padded by tabs. A name may be empty. */
export function parseListed(text: string): Listed[] {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => /^TYPE\s+NAME\s+ID\s*$/.test(line));
  if (header < 0 && lines.includes(nothing)) return [];
  if (header < 0) throw new KopsError({ what: "What kops delete cluster lists cannot be read", why: `it has no table of TYPE, NAME and ID, and not "${nothing}"`, next: "run `kops delete cluster` without --yes by hand: it deletes nothing" });
  const rows: Listed[] = [];
  for (const line of lines.slice(header + 1)) {
    if (line.trim() === "") break;
    const parts = line.split(/\t+|\s{2,}/).filter((part) => part !== "");
    const [kind, second, third] = parts.length > 1 ? parts : line.split(/\s+/);
    if (kind === undefined || second === undefined) continue;
    rows.push(third === undefined ? { kind, name: "", id: second } : { kind, name: second, id: third });
  }
  return rows;
}

/**
 * What a resource was made for by something that runs in the cluster: the in-tree and the AWS cloud provider, the AWS Load
 * Balancer Controller, the EBS CSI driver. Nothing for what kOps made, and for what is another cluster's.
 */
export function madeFor(cluster: string, tags: Readonly<Record<string, string>>): string | undefined {
  const owned = tags[`kubernetes.io/cluster/${cluster}`] !== undefined || tags["KubernetesCluster"] === cluster || tags["elbv2.k8s.aws/cluster"] === cluster;
  if (!owned) return undefined;
  const service = tags["kubernetes.io/service-name"] ?? tags["service.k8s.aws/stack"];
  if (service !== undefined) return `Service ${service}`;
  const ingress = tags["ingress.k8s.aws/stack"];
  if (ingress !== undefined) return `Ingress ${ingress}`;
  const claim = tags["kubernetes.io/created-for/pvc/name"];
  if (claim !== undefined) return `PersistentVolumeClaim ${tags["kubernetes.io/created-for/pvc/namespace"] ?? "?"}/${claim}`;
  if (tags["ebs.csi.aws.com/cluster"] !== undefined || tags["CSIVolumeName"] !== undefined) return "a PersistentVolume";
  return tags["elbv2.k8s.aws/cluster"] === undefined ? undefined : "a load balancer controller";
}

/**
 * Refuses to call it a plan when kOps finds nothing of a cluster that the journal has as applied: it most likely looked in
 * another account. Once a deletion has begun, there may really be nothing left.
 */
export function refuseNothing(cluster: string, listed: readonly Listed[], journal: Pick<Journal, "applied" | "conditions"> | undefined, { region, asWhom }: { region: string; asWhom: string }): void {
  const applied = journal?.applied !== undefined || journal?.conditions.some(({ type, status }) => type === "CloudApplied" && status === "True") === true;
  if (listed.length > 0 || !applied) return;
  throw new KopsError({
    what: `kOps finds no cloud resource of ${cluster} in ${region} as ${asWhom}`,
    why: "its manifest is in the store, and its journal says that its cloud resources were made: they are most likely in another account",
    next: "run the same command as who works on the cluster (--profile NAME, --assume-role ARN); if somebody has deleted them all, `pulumi destroy` clears up the rest",
  });
}

/** Sorts what was seen into what goes and what is left behind. */
export function destroyPlan(seen: { cluster: string; listed: readonly Listed[]; tagged: readonly Tagged[]; stays: readonly string[]; protected: boolean }): DestroyPlan {
  const going = new Set(seen.listed.flatMap(({ id, name }) => [id, name]));
  const made = seen.tagged.flatMap(({ kind, id, name, tags }): (WorkloadResource & { goes: boolean })[] => {
    const purpose = madeFor(seen.cluster, tags);
    return purpose === undefined ? [] : [{ kind, name, id, madeFor: purpose, goes: going.has(id) }];
  });
  const pick = (goes: boolean): WorkloadResource[] => made.filter((one) => one.goes === goes).map(({ kind, name, id, madeFor: purpose }) => ({ kind, name, id, madeFor: purpose }));
  return { cluster: seen.cluster, goes: [...seen.listed], madeByWorkloads: pick(true), leftBehind: pick(false), stays: [...seen.stays], protected: seen.protected };
}

/** The plan in lines for people. */
export function destroyPlanText(plan: DestroyPlan): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, name, id } of plan.goes) kinds.set(kind, [...(kinds.get(kind) ?? []), name || id]);
  const workload = ({ kind, name, id, madeFor: purpose }: WorkloadResource): string => `  ${kind} ${name || id} of ${purpose}${kind === "volume" ? ", with its data" : ""}`;
  return [
    `A destroy of ${plan.cluster} deletes ${plan.goes.length} cloud resources:`,
    ...[...kinds].map(([kind, names]) => `  ${names.length} ${kind}: ${names.join(", ")}`),
    ...(plan.madeByWorkloads.length > 0 ? ["Of these the workloads made:", ...plan.madeByWorkloads.map(workload)] : []),
    ...(plan.leftBehind.length > 0 ? ["Made by the workloads, and left behind, for kOps does not know it (delete the Services and claims first):", ...plan.leftBehind.map(workload)] : []),
    ...(plan.stays.length > 0 ? ["What stays:", ...plan.stays.map((one) => `  ${one}`)] : []),
    ...(plan.protected ? ["It is refused for now: deletionProtection is on."] : []),
  ].join("\n");
}
