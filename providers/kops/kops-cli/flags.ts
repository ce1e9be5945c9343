import type { KopsClusterInputs } from "../model/inputs.ts";

/**
 * Flags of every `kops update cluster`, dry or not. kOps rewrites the user's kubeconfig unless told not to, and stops
 * when the store was last written by a newer version (ApplyClusterCmd.Run), also in a dry run. It says in its log
 * whether it has looked for rules of security groups that are to go ({@link overlooksRules}).
 */
export function updateFlags(inputs: Pick<KopsClusterInputs, "allowDowngrade">): string[] {
  return [
    "--create-kube-config=false",
    "--vmodule=securitygroup=4",
    ...(inputs.allowDowngrade === true ? ["--allow-kops-downgrade"] : []),
  ];
}

/**
 * Whether a line of kOps's log says that it did not look for rules that are to go from a security group. It compares
 * the groups beside each other, and gives up on one silently while it has not yet found all the others that rules name
 * as their source (SecurityGroup.FindDeletions in upup/pkg/fi/cloudup/awstasks): which ones it overlooks differs from
 * run to run.
 */
export function overlooksRules(line: string): boolean {
  return line.includes("Deletion skipping find of SecurityGroupRule");
}

/** How often kOps is asked the same until it overlooks nothing. */
export const mostLooks = 6;
