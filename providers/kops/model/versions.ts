import parseVersion from "semver/functions/parse.js";
import type { Finding } from "./conditions.ts";
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

/**
 * The minor of etcd that a cluster runs: the one in its spec, else kOps's choice for its Kubernetes version
 * (EtcdOptionsBuilder in pkg/model/components/etcd.go, in 1.32.1, 1.35.0 and 1.36.2).
 */
export function etcdMinorOf(version: unknown, kubernetesVersion: unknown): Minor | undefined {
  if (version !== undefined && version !== null && version !== "") return minorOf(version);
  const kubernetes = minorOf(kubernetesVersion);
  return kubernetes && { major: 3, minor: distance({ major: 1, minor: 34 }, kubernetes) < 0 ? 5 : 6 };
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

/**
 * Minors of Kubernetes, 1.x, by minor of kOps: OldestSupportedKubernetesVersion and OldestRecommendedKubernetesVersion
 * in upup/pkg/fi/cloudup/apply_cluster.go, read at each tag from v1.31.0 to v1.36.2. No patch release since 1.20.0 has
 * changed them. They follow no rule: 1.33 supports what 1.32 supports, 1.34 what 1.35 supports.
 */
const oldestKubernetes: Readonly<Record<string, readonly [supported: number, recommended: number]>> = {
  "1.31": [25, 28],
  "1.32": [27, 29],
  "1.33": [27, 29],
  "1.34": [29, 31],
  "1.35": [29, 31],
  "1.36": [31, 33],
};

/**
 * What a kOps supports. Undefined for a release that is not in the table: its dry run tells. The newest Kubernetes is
 * of the minor of kOps itself.
 */
export function kubernetesOf(kopsVersion: unknown): SupportedKubernetes | undefined {
  const kops = minorOf(kopsVersion);
  const found = kops && oldestKubernetes[minorText(kops)];
  if (!found) return undefined;
  const [oldest, recommended] = found.map((minor) => ({ major: 1, minor }));
  return oldest && recommended && { oldest, newest: kops, recommended };
}

/** The newest kOps in the table that supports a Kubernetes. */
export function lastKopsFor(kubernetes: Minor): string | undefined {
  return Object.entries(oldestKubernetes).findLast(
    ([, [oldest]]) => kubernetes.major === 1 && oldest <= kubernetes.minor,
  )?.[0];
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
  if (!kops && !kubernetes) return [];
  const [supported, minor] = [kubernetesOf(desired["kopsVersion"]), minorOf(versionIn(desired))];
  if (supported && minor && distance(minor, supported.recommended) > 0) {
    lines.push(
      `Kubernetes ${minorText(minor)} is deprecated in kOps ${minorText(supported.newest)}, and soon refused: upgrade to ` +
        minorText({ ...minor, minor: minor.minor + 1 }),
    );
  }
  return lines;
}

/**
 * Whether the add-on of this kOps makes an EC2NodeClass and a NodePool for each group of Karpenter (since 1.36, see
 * docs/operations/karpenter.md of kOps). With an older kOps people make them, with the user data that kOps writes.
 */
export function managesNodePools(kopsVersion: string): boolean {
  const version = parseVersion(kopsVersion);
  return version !== null && (version.major > 1 || version.minor >= 36);
}

/** Older versions of kOps lack what the provider relies on (roles in `update cluster`, `--api-server`). */
const oldest = [1, 31] as const;

/** Whether a version of kOps is recent enough for this provider. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

export const oldestSupported = `${oldest[0]}.${oldest[1]}.0`;
