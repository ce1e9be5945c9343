import { load } from "js-yaml";
import { z } from "zod";
import type { Taint } from "./objects.ts";

// kOps marshals Go structs without lower-case names here.
const nodeupConfig = z.object({
  KubernetesVersion: z.string(),
  KubeletConfig: z
    .object({
      taints: z.array(z.string()).optional(),
      nodeLabels: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  Networking: z.object({ nonMasqueradeCIDR: z.string().optional() }).optional(),
});

/** What an instance reads at its first boot, and keeps until it is replaced. */
export interface Launch {
  /** `v1.34.3` */
  readonly kubeletVersion: string;
  readonly taints: readonly Taint[];
  readonly labels: Readonly<Record<string, string>>;
  /** Whether pods and services have IPv6 addresses. */
  readonly ipv6: boolean;
}

/** Where kOps writes it, relative to the cluster's folder. */
export function launchFile(role: string, group: string): string {
  return `igconfig/${role}/${group}/nodeupconfig.yaml`;
}

export function parseLaunch(yaml: string): Launch {
  const config = nodeupConfig.parse(load(yaml));
  return {
    kubeletVersion: `v${config.KubernetesVersion.replace(/^v/, "")}`,
    taints: (config.KubeletConfig?.taints ?? []).map(parseTaint),
    labels: config.KubeletConfig?.nodeLabels ?? {},
    ipv6: config.Networking?.nonMasqueradeCIDR?.includes(":") ?? false,
  };
}

/** `key=value:Effect` or `key:Effect`, as the kubelet's `--register-with-taints` takes them. */
function parseTaint(text: string): Taint {
  const [assignment = "", effect = ""] = text.split(":");
  const [key = "", value] = assignment.split("=");
  return { key, effect, ...(value ? { value } : {}) };
}
