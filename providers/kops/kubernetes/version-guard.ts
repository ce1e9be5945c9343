import parseVersion from "semver/functions/parse.js";
import lt from "semver/functions/lt.js";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { inOneLine } from "../model/errors.ts";
import type { OperationContext } from "../operation/context.ts";
import { withTimeout } from "../runtime/wait.ts";

/** Milliseconds in which the Kubernetes API must answer. */
const apiTimeout = 10_000;

export interface ControlPlaneVersions {
  /** Different kubelet versions of the control-plane nodes: kOps installs kubelet and API server together. */
  running: string[];
}

/**
 * Runs `use` with the versions of the control plane, or with the reason why the API does not tell them. Meanwhile kOps
 * has a kubeconfig to see them too: `kops update cluster` keeps nodes at the version of the oldest control-plane node
 * (checkControlPlaneRunningVersion in cmd/kops/update_cluster.go), but only with a kubeconfig that works. Without one
 * it silently makes nodes newer than their API server. The kubeconfig is removed afterwards.
 */
export async function withVersionGuard<T>(
  context: OperationContext,
  use: (versions: ControlPlaneVersions | { unreachable: string }) => Promise<T>,
): Promise<T> {
  const [{ connect }, { Patience }] = await Promise.all([import("./api-client.ts"), import("./patience.ts")]);
  // The file in kOps's KUBECONFIG (environment.ts).
  const name = "kubeconfig";
  const file = join(context.folder, name);
  try {
    const api = await connect(context, name);
    let versions: ControlPlaneVersions | { unreachable: string };
    try {
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
      versions = { running: [...new Set(items.map((node) => node.status?.nodeInfo?.kubeletVersion ?? ""))] };
    } catch (error) {
      const why = inOneLine(error);
      context.log.write(`the Kubernetes API does not answer: ${why}`);
      // With the file kOps would silently wait for the API.
      await rm(file, { force: true });
      versions = { unreachable: why };
    }
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
