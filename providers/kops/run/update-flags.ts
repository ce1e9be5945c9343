import type { KopsClusterInputs } from "../inputs.ts";

/**
 * Flags of every `kops update cluster`, dry or not. kOps rewrites the user's kubeconfig unless told not to, and stops
 * when the store was last written by a newer version (ApplyClusterCmd.Run), also in a dry run.
 */
export function updateFlags(inputs: Pick<KopsClusterInputs, "allowDowngrade">): string[] {
  return ["--create-kube-config=false", ...(inputs.allowDowngrade === true ? ["--allow-kops-downgrade"] : [])];
}
