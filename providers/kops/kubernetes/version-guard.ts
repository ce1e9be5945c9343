import parseVersion from "semver/functions/parse.js";
import compare from "semver/functions/compare.js";
import lt from "semver/functions/lt.js";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, inOneLine, messageOf } from "../model/errors.ts";
import type { OperationContext } from "../operation/context.ts";
import { withTimeout } from "../runtime/wait.ts";

/** Milliseconds in which the Kubernetes API must answer. */
const apiTimeout = 10_000;

export interface ControlPlaneVersions {
  /** Different kubelet versions of the control-plane nodes: kOps installs kubelet and API server together. */
  running: string[];
}

/** Why nobody knows which version the control plane runs. */
export interface UnknownVersions {
  unknown: string;
}

/**
 * The versions, if every node reports one. kOps takes a cluster without control-plane nodes for one that runs the
 * desired version (checkControlPlaneRunningVersion in cmd/kops/update_cluster.go), so it must not look at such a one.
 */
export function versionsOf(reported: readonly (string | undefined)[]): ControlPlaneVersions | UnknownVersions {
  const running = [...new Set(reported)].filter((one) => one !== undefined && parseVersion(one) !== null) as string[];
  if (running.length > 0 && reported.every((one) => one !== undefined && running.includes(one))) return { running };
  return {
    unknown:
      reported.length === 0
        ? "it has no control-plane node"
        : "a control-plane node does not report which version it runs",
  };
}

/**
 * Runs `use` with the versions of the control plane, or with the reason why the API does not tell them. Meanwhile kOps
 * has a kubeconfig to see them too: `kops update cluster` keeps nodes at the version of the oldest control-plane node
 * (checkControlPlaneRunningVersion in cmd/kops/update_cluster.go), but only with a kubeconfig that works. Without one
 * it silently makes nodes newer than their API server. The kubeconfig is removed afterwards.
 */
export async function withVersionGuard<T>(
  context: OperationContext,
  use: (versions: ControlPlaneVersions | UnknownVersions) => Promise<T>,
): Promise<T> {
  const [{ connect }, { Patience }] = await Promise.all([import("./api-client.ts"), import("./patience.ts")]);
  // The file in kOps's KUBECONFIG (environment.ts).
  const name = "kubeconfig";
  const file = join(context.folder, name);
  try {
    let versions: ControlPlaneVersions | UnknownVersions;
    try {
      const api = await connect(context, name);
      const patience = new Patience({
        ...context,
        what: "the versions of the control plane",
        timeout: apiTimeout,
        next: "make the Kubernetes API reachable from here",
      });
      const { items } = await withTimeout(
        patience.ask(() => api.listNode({ labelSelector: "node-role.kubernetes.io/control-plane" })),
        apiTimeout,
      );
      versions = versionsOf(items.map((node) => node.status?.nodeInfo?.kubeletVersion));
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof ConfigError) throw error;
      context.log.write(`the Kubernetes API does not answer: ${messageOf(error)}`);
      versions = { unknown: inOneLine(error) };
    }
    // With the file kOps would silently wait for an API that does not answer.
    if ("unknown" in versions) await rm(file, { force: true });
    return await use(versions);
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether a control-plane node runs an older Kubernetes than the desired one; true when they cannot be compared. */
export function isBehind({ running }: ControlPlaneVersions, desired: unknown): boolean {
  const target = typeof desired === "string" ? parseVersion(desired) : null;
  if (!target || running.length === 0) return true;
  return running.some((version) => {
    const parsed = parseVersion(version);
    return !parsed || lt(parsed, target);
  });
}

/** The oldest version that the control plane runs: kOps holds nodes at this one. */
export function oldestOf({ running }: ControlPlaneVersions): string {
  return [...running].sort(compare)[0] ?? "";
}
