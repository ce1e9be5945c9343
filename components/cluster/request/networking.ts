import { z } from "zod";
import type { Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

const topology = z
  .enum(["private", "public"])
  .describe(
    "Where nodes live: `private`, without public addresses, in subnets that reach the internet through NAT; or " +
      "`public`, each with a public address and no NAT to pay for, behind security groups that let nobody in. " +
      "Cannot be changed later. Default: private where the network has private subnets, else public.",
  );

export type Topology = z.output<typeof topology>;

/** The topology that a request gives; else that of its network. */
export const topologyIn = (given: Topology | undefined, privateSubnets: boolean): Topology =>
  given ?? (privateSubnets ? "private" : "public");

const networking = z
  .enum(["cilium", "calico", "amazonvpc", "kindnet", "flannel", "kuberouter"])
  .describe(
    "Network of the pods. `amazonvpc` gives pods addresses of the VPC's subnets, which must be large enough; " +
      "flannel has no network policies. Cannot be changed later. For details, and for other networks of kOps, use " +
      "kops.cluster. Default: cilium, in place of kube-proxy.",
  );

type Networking = z.output<typeof networking>;

const podEncryption = z
  .enum(["wireguard"])
  .describe(
    "Encryption of traffic between pods on different nodes, with keys that Cilium or Calico makes and rotates " +
      "itself. Costs some CPU and throughput; changing it restarts the network agents. Default: none.",
  );

export const networkingKeys = {
  topology: topology.optional(),
  networking: networking.default("cilium"),
  podEncryption: podEncryption.optional(),
};

type NetworkingRequest = z.output<z.ZodObject<typeof networkingKeys>>;

/** The networks that can encrypt. */
const encrypting: readonly Networking[] = ["cilium", "calico"];

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

/** Networks that replace kube-proxy. */
const withoutKubeProxy: readonly Networking[] = ["cilium", "kuberouter"];

export function networkingProblems(
  { topology: given, networking: kind, podEncryption: encryption }: NetworkingRequest,
  privateSubnets: boolean,
): Issue[] {
  const problems: Issue[] = [];
  if (given === "private" && !privateSubnets) {
    problems.push({
      path: ["topology"],
      message:
        "cannot be private: the network has no private subnets; write topology: public, or give the network some",
    });
  }
  if (encryption !== undefined && !encrypting.includes(kind)) {
    problems.push({
      path: ["podEncryption"],
      message: `is not available with ${kind}: only with ${encrypting.join(" or ")}`,
    });
  }
  return problems;
}

/** The pods' network. */
export function composeNetworking(
  { networking: kind, podEncryption: encryption }: NetworkingRequest,
  vpcCidr: string,
): PlainObject {
  return {
    // kOps's own choices, made explicit: with amazonvpc pods have addresses of the VPC; the other range overlaps with
    // no private VPC.
    nonMasqueradeCIDR: kind === "amazonvpc" ? vpcCidr : "100.64.0.0/10",
    networking: composers[kind](encryption === "wireguard"),
    ...(withoutKubeProxy.includes(kind) && { kubeProxy: { enabled: false } }),
  };
}
