import type { Finding } from "./conditions.ts";
import { changedBehaviour, etcdByKubernetes, kopsMinors } from "./kops-minors.ts";
import type { KopsMinor, KopsMinorName } from "./kops-minors.ts";
import { isRecord } from "./spec.ts";

/** A minor version of Kubernetes or kOps. */
export interface Minor {
  major: number;
  minor: number;
}

/** The minor of `1.34.3` or `v1.34.3`, as in ParseKubernetesVersion in pkg/apis/kops/util. kOps checks other forms. */
export function minorOf(value: unknown): Minor | undefined {
  const found = typeof value === "string" ? /^v?(\d+)\.(\d+)(\.|$)/.exec(value) : null;
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
}

export function minorText({ major, minor }: Minor): string {
  return `${major}.${minor}`;
}

/** The minor of etcd that a cluster runs: the one in its spec, else kOps's choice for its Kubernetes version. */
export function etcdMinorOf(version: unknown, kubernetesVersion: unknown): Minor | undefined {
  if (version !== undefined && version !== null && version !== "") return minorOf(version);
  const kubernetes = minorOf(kubernetesVersion);
  const chosen = etcdByKubernetes.find(
    ([since]) => kubernetes && distance({ major: 1, minor: since }, kubernetes) >= 0,
  );
  return chosen && { major: 3, minor: chosen[1] };
}

/** Distance in minors, negative when `to` is older. A step to another major version counts as 1000. */
export function distance(from: Minor, to: Minor): number {
  return (to.major - from.major) * 1000 + (to.minor - from.minor);
}

/** All minors from one to another: 1.32, 1.33, 1.34. Both must have the same major version. */
export function minorPath(from: Minor, to: Minor): string[] {
  return Array.from({ length: to.minor - from.minor + 1 }, (_, index) =>
    minorText({ major: from.major, minor: from.minor + index }),
  );
}

/**
 * The oldest Kubernetes version that each part of a cluster may still run: the last one it was up to date with. While a
 * roll is held back, the manifests are ahead of it.
 */
export interface RunningVersions {
  controlPlane?: string | undefined;
  nodes?: string | undefined;
}

/**
 * The versions after new findings: a part that is up to date runs the desired version, every other part its former one.
 * While the control plane waits on an older minor, nodes stay on that minor too, and that is what they are up to date
 * with.
 */
export function runningAfter(
  before: RunningVersions | undefined,
  findings: readonly Finding[],
  desired: unknown,
): RunningVersions {
  if (typeof desired !== "string") return { ...before };
  const upToDate = (type: Finding["type"]): boolean =>
    findings.some((finding) => finding.type === type && finding.status === "True");
  const controlPlane = upToDate("ControlPlaneUpToDate") ? desired : before?.controlPlane;
  const [server, asked] = [minorOf(controlPlane), minorOf(desired)];
  const mayFollow = !server || !asked || distance(server, asked) === 0;
  const nodes = upToDate("NodesUpToDate") && mayFollow ? desired : before?.nodes;
  return {
    ...before,
    ...(controlPlane === undefined ? {} : { controlPlane }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}

/** The parts, in words, that a held-back roll left so far behind that they would skip a minor. */
export function partsLeftBehind(running: RunningVersions, desired: Minor): string[] {
  const behind = (part: string, version: string | undefined): string[] => {
    const minor = minorOf(version);
    return minor && version !== undefined && distance(minor, desired) > 1 ? [`${part} may still run ${version}`] : [];
  };
  return [...behind("the control plane", running.controlPlane), ...behind("nodes", running.nodes)];
}

/** Whether the Kubernetes minor changes. The running versions then matter. */
export function changesMinor(old: Record<string, unknown> | undefined, desired: Record<string, unknown>): boolean {
  const of = (inputs: Record<string, unknown> | undefined): Minor | undefined => {
    const cluster = inputs?.["cluster"];
    return minorOf(isRecord(cluster) ? cluster["kubernetesVersion"] : undefined);
  };
  const [before, after] = [of(old), of(desired)];
  return before !== undefined && after !== undefined && distance(before, after) !== 0;
}

/** What a minor of kOps supports: minors of Kubernetes, the oldest one first. */
export interface SupportedKubernetes {
  oldest: Minor;
  newest: Minor;
  /** The oldest one that kOps does not call deprecated. */
  recommended: Minor;
}

const rows: readonly [string, KopsMinor][] = Object.entries(kopsMinors);

const rowOf = (kops: Minor | undefined): KopsMinor | undefined =>
  kops && rows.find(([name]) => name === minorText(kops))?.[1];

const minorNamed = (name: string | undefined): Minor => minorOf(name) ?? { major: 1, minor: 0 };

/** The newest minor of kOps that this program knows anything of. */
export const newestKnown = minorNamed(rows.at(-1)?.[0]);

const oldest = minorNamed(rows[0]?.[0]);

/** Undefined for a kOps that is not in the table: its dry run tells. */
export function kubernetesOf(kopsVersion: unknown): SupportedKubernetes | undefined {
  const kops = minorOf(kopsVersion);
  const row = rowOf(kops);
  if (!kops || !row) return undefined;
  const { oldestKubernetes, recommendedKubernetes } = row;
  return {
    oldest: { major: 1, minor: oldestKubernetes },
    newest: kops,
    recommended: { major: 1, minor: recommendedKubernetes },
  };
}

/** The newest kOps in the table that supports a Kubernetes. */
export function lastKopsFor(kubernetes: Minor): string | undefined {
  return rows.findLast(([, row]) => kubernetes.major === 1 && row.oldestKubernetes <= kubernetes.minor)?.[0];
}

/** Whether a kOps is of this minor or a newer one. */
export function isSince(kopsVersion: unknown, minor: KopsMinorName): boolean {
  const kops = minorOf(kopsVersion);
  return kops !== undefined && distance(minorNamed(minor), kops) >= 0;
}

/** What nobody knows of a kOps: a line for a preview that is about to use it for the first time. */
export function unprovenKops(kopsVersion: unknown): string | undefined {
  const kops = minorOf(kopsVersion);
  if (!kops) return undefined;
  if (distance(newestKnown, kops) > 0)
    return (
      `kOps ${minorText(kops)} is newer than this program knows (${minorText(newestKnown)} is the newest): its ` +
      "Kubernetes versions, what it removed and what it prints are not checked here, only by kOps itself; read its " +
      "release notes, and try it in a sandbox first"
    );
  return rowOf(kops)?.known === "published"
    ? `kOps ${minorText(kops)} was never run with this program, which knows it from its release notes: try it in a ` +
        "sandbox first"
    : undefined;
}

/** `1.29 to 1.35` */
export const supportedText = ({ oldest, newest }: SupportedKubernetes): string =>
  `${minorText(oldest)} to ${minorText(newest)}`;

const both = (before: unknown, after: unknown): [string, string] | undefined =>
  typeof before === "string" && typeof after === "string" && before.replace(/^v/, "") !== after.replace(/^v/, "")
    ? [before, after]
    : undefined;

/** Lines of a plan about changed versions. `old`: the inputs of the last run. */
export function upgradeLines(old: Record<string, unknown> | undefined, desired: Record<string, unknown>): string[] {
  const versionIn = (inputs: Record<string, unknown> | undefined): unknown =>
    isRecord(inputs?.["cluster"]) ? inputs["cluster"]["kubernetesVersion"] : undefined;
  const kops = both(old?.["kopsVersion"], desired["kopsVersion"]);
  const kubernetes = both(versionIn(old), versionIn(desired));
  const lines: string[] = [];
  if (kubernetes)
    lines.push(`Kubernetes ${kubernetes[0]} to ${kubernetes[1]}: the control plane first, then the nodes`);
  if (kops) lines.push(`kOps ${kops[0]} to ${kops[1]}: rolls the groups whose template changes, named below`);
  const unproven = kops || !old ? unprovenKops(desired["kopsVersion"]) : undefined;
  if (unproven !== undefined) lines.push(unproven);
  if (!kops && !kubernetes) return lines;
  const [supported, minor] = [kubernetesOf(desired["kopsVersion"]), minorOf(versionIn(desired))];
  if (supported && minor && distance(minor, supported.recommended) > 0) {
    lines.push(
      `Kubernetes ${minorText(minor)} is deprecated in kOps ${minorText(supported.newest)}, and soon refused: upgrade to ` +
        minorText({ ...minor, minor: minor.minor + 1 }),
    );
  }
  return lines;
}

/** Whether kOps makes Karpenter's EC2NodeClasses and NodePools; with an older one people make them. */
export const managesNodePools = (kopsVersion: string): boolean =>
  isSince(kopsVersion, changedBehaviour.managedNodePools.in);

/** Whether a version of kOps is recent enough for this provider. */
export function isSupported(version: string): boolean {
  const kops = minorOf(version);
  return kops !== undefined && distance(oldest, kops) >= 0;
}

export const oldestSupported = `${minorText(oldest)}.0`;
