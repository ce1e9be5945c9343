import { rm } from "node:fs/promises";
import { join } from "node:path";
import parseVersion from "semver/functions/parse.js";
import lt from "semver/functions/lt.js";
import { messageOf } from "../model/errors.ts";
import type { OperationContext } from "../operation/operation.ts";
import { withTimeout } from "../runtime/wait.ts";

/** Milliseconds in which the Kubernetes API must answer. */
const patience = 10_000;

export interface ControlPlaneVersions {
  /**
   * kubelet versions of the control-plane nodes, each once; the kubelet and the API server of a node are installed as
   * one.
   */
  running: string[];
}

/**
 * Gives `use` what the control plane runs, and kOps a credential to see it, too: `kops update cluster` keeps the
 * Kubernetes version of nodes at that of the oldest control-plane node (checkControlPlaneRunningVersion in
 * cmd/kops/update_cluster.go), but only when the kubeconfig it finds works; without one it silently lets nodes become
 * newer than their API server. The credential is a client certificate for an hour, in the private folder of the
 * operation; it is gone afterwards.
 *
 * `use` gets the reason instead when the API does not answer: then kOps could not hold back anything.
 */
export async function withVersionGuard<T>(
  context: OperationContext,
  use: (versions: ControlPlaneVersions | { unreachable: string }) => Promise<T>,
): Promise<T> {
  const { connect } = await import("./drain.ts");
  // The file that kOps is given as KUBECONFIG (kops.ts).
  const name = "kubeconfig";
  const file = join(context.folder, name);
  try {
    const api = await connect(context, name);
    let versions: ControlPlaneVersions | { unreachable: string };
    try {
      const { items } = await withTimeout(
        api.listNode({ labelSelector: "node-role.kubernetes.io/control-plane" }),
        patience,
      );
      versions = { running: [...new Set(items.map((node) => node.status?.nodeInfo?.kubeletVersion ?? ""))] };
    } catch (error) {
      context.log.write(`the Kubernetes API does not answer: ${messageOf(error)}`);
      // kOps would wait for it without a word.
      await rm(file, { force: true });
      versions = { unreachable: messageOf(error) };
    }
    return await use(versions);
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Whether a control-plane node runs an older Kubernetes than is desired, as far as the versions can be compared: if not,
 * it may.
 */
export function isBehind({ running }: ControlPlaneVersions, desired: unknown): boolean {
  const target = typeof desired === "string" ? parseVersion(desired) : null;
  if (!target || running.length === 0) return true;
  return running.some((version) => {
    const parsed = parseVersion(version);
    return !parsed || lt(parsed, target);
  });
}
