import { unknownValue } from "../../model/unknown.ts";
import { isRecord } from "../../model/spec.ts";
import { unprovenKops } from "../../model/versions.ts";
import { pluginOf } from "../../rules/network-plugin.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A value as text; `?` while it is unknown. */
function text(value: unknown): string {
  return typeof value === "number" || (typeof value === "string" && value !== unknownValue) ? String(value) : "?";
}

function groupText([name, spec]: [string, unknown]): string {
  const { minSize, maxSize, machineType } = isRecord(spec) ? spec : {};
  return `${name} ${text(minSize)}${minSize === maxSize ? "" : `-${text(maxSize)}`} x ${text(machineType)}`;
}

/** Fields of a ClusterSpec that have `enabled` and are not add-ons. */
const noAddon: ReadonlySet<string> = new Set(["kubeProxy"]);

function isOn(value: unknown): boolean {
  return isRecord(value) && value["enabled"] === true;
}

/**
 * Add-ons that a ClusterSpec turns on, by its fields (BootstrapChannelBuilder in kOps). kOps always installs others.
 */
function addonsOf(cluster: Fields): string[] {
  const { addons, authentication, externalDns, kubeDNS } = cluster;
  return [
    ...Object.keys(cluster)
      .filter((field) => isOn(cluster[field]) && !noAddon.has(field))
      .sort(),
    ...(isRecord(kubeDNS) && isOn(kubeDNS["nodeLocalDNS"]) ? ["kubeDNS.nodeLocalDNS"] : []),
    ...(isRecord(externalDns) && externalDns["provider"] === "external-dns" ? ["externalDns"] : []),
    ...(isRecord(authentication)
      ? ["aws", "kopeio"].filter((kind) => isRecord(authentication[kind])).map((kind) => `authentication.${kind}`)
      : []),
    ...(Array.isArray(addons) ? addons.filter(isRecord).map(({ manifest }) => text(manifest)) : []),
  ];
}

function clusterText(kopsVersion: unknown, cluster: Fields): string {
  const addons = addonsOf(cluster);
  const words = [
    `Kubernetes ${text(cluster["kubernetesVersion"])} by kOps ${text(kopsVersion)}`,
    `CNI ${text(pluginOf({ cluster }))}`,
  ];
  return [...words, addons.length === 0 ? "no add-ons requested" : `add-ons ${addons.join(", ")}`].join(", ");
}

/** A new cluster by its manifest alone, while inputs such as its network are unknown. */
export function newClusterLines({ kopsVersion, cluster, instanceGroups: groups }: Fields): string[] {
  const unproven = unprovenKops(kopsVersion);
  return [
    isRecord(groups)
      ? `a new cluster: ${Object.entries(groups).map(groupText).join(", ")}`
      : "a new cluster, whose instance groups are not known yet",
    ...(isRecord(cluster) ? [clusterText(kopsVersion, cluster)] : []),
    ...(unproven === undefined ? [] : [unproven]),
    "not checked by kOps yet: its network or state store does not exist before the up",
  ];
}
