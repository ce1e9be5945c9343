import { z } from "zod";
import type { PlainObject } from "../../config/merge.ts";

export const topology = z
  .enum(["private", "public"])
  .describe(
    "Where nodes stand: `private`, without public addresses, in subnets that reach the internet by NAT; or " +
      "`public`, each with a public address and no NAT to pay for, behind security groups that let nobody in. " +
      "Cannot be changed later. Default: private where the network has private subnets, else public.",
  );

export type Topology = z.output<typeof topology>;

/** The topology of a cluster that may not say: that of its network. */
export const topologyIn = (given: Topology | undefined, privateSubnets: boolean): Topology =>
  given ?? (privateSubnets ? "private" : "public");

export const networking = z
  .enum(["cilium", "calico", "amazonvpc", "kindnet", "flannel", "kuberouter"])
  .describe(
    "Network of the pods. `amazonvpc` gives pods addresses of the VPC's subnets, which must be large enough; " +
      "flannel has no network policies. Cannot be changed later. Details, and others that kOps knows, under " +
      "kops.cluster. Default: cilium, in place of kube-proxy.",
  );

export type Networking = z.output<typeof networking>;

export const podEncryption = z
  .enum(["wireguard"])
  .describe(
    "Encryption of what pods on different nodes say to each other, with keys that Cilium or Calico makes and " +
      "changes itself. Costs some CPU and throughput; changing it restarts the network agents. Default: none.",
  );

export type PodEncryption = z.output<typeof podEncryption>;

/** The networks that have their own encryption. */
export const encrypting: readonly Networking[] = ["cilium", "calico"];

const composers: Record<Networking, (wireguard: boolean) => PlainObject> = {
  cilium: (wireguard) => ({
    cilium: { ...(wireguard && { enableEncryption: true, encryptionType: "wireguard" }), enableNodePort: true },
  }),
  calico: (wireguard) => ({ calico: wireguard ? { wireguardEnabled: true } : {} }),
  amazonvpc: () => ({ amazonvpc: {} }),
  kindnet: () => ({ kindnet: {} }),
  flannel: () => ({ flannel: { backend: "vxlan" } }),
  kuberouter: () => ({ kuberouter: {} }),
};

/** Networks that do the work of kube-proxy. */
const withoutKubeProxy: readonly Networking[] = ["cilium", "kuberouter"];

/** The part of a ClusterSpec that is about pods' network. */
export function composeNetworking(
  kind: Networking,
  encryption: PodEncryption | undefined,
  vpcCidr: string,
): PlainObject {
  return {
    // kOps's own choices, said aloud: pods of amazonvpc have addresses of the VPC; with no private VPC can the other
    // overlap.
    nonMasqueradeCIDR: kind === "amazonvpc" ? vpcCidr : "100.64.0.0/10",
    networking: composers[kind](encryption === "wireguard"),
    ...(withoutKubeProxy.includes(kind) && { kubeProxy: { enabled: false } }),
  };
}
