import { z } from "zod";
import type { Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { anyIpv6 } from "../../network/model/ipv6.ts";

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

const ipv6 = z
  .boolean()
  .describe(
    "Pods and services with IPv6 addresses only, nodes and load balancers with both kinds. Needs " +
      "`network.ipv6: clusters` in the environment, a private topology, and cilium, calico or kindnet. Pods reach " +
      "IPv4 addresses by NAT64. List IPv6 ranges in `apiAccess` too. Cannot be changed later. Default: false.",
  );

export const networkingKeys = {
  topology: topology.optional(),
  ipv6: ipv6.optional(),
  networking: networking.default("cilium"),
  podEncryption: podEncryption.optional(),
};

type NetworkingRequest = z.output<z.ZodObject<typeof networkingKeys>>;

/** What the environment's network has for clusters. */
export interface NetworkAbilities {
  privateSubnets: boolean;
  /** Whether it has subnets for public addresses. */
  utilitySubnets: boolean;
  /** Whether IPv6 clusters can be in it. */
  ipv6Clusters: boolean;
}

/** Why nothing can have a public address. */
export const noUtility = "the network has no utility subnets (pilot:network, existing.subnets.utility)";

/** The networks that can encrypt. */
const encrypting: readonly Networking[] = ["cilium", "calico"];

/** The networks that kOps takes with IPv6 (validateNetworking in pkg/apis/kops/validation). */
const withIpv6: readonly Networking[] = ["cilium", "calico", "kindnet"];

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

export function networkingProblems(request: NetworkingRequest, network: NetworkAbilities): Issue[] {
  const { topology: given, networking: kind, podEncryption: encryption } = request;
  const { privateSubnets } = network;
  const problems: Issue[] = [];
  if (given === "private" && !privateSubnets) {
    problems.push({
      path: ["topology"],
      message:
        "cannot be private: the network has no private subnets; write topology: public, or give the network some",
    });
  }
  if (given === "public" && !network.utilitySubnets)
    problems.push({ path: ["topology"], message: `cannot be public: ${noUtility}` });
  if (encryption !== undefined && !encrypting.includes(kind)) {
    problems.push({
      path: ["podEncryption"],
      message: `is not available with ${kind}: only with ${encrypting.join(" or ")}`,
    });
  }
  return request.ipv6 === true ? [...problems, ...ipv6Problems(request, network)] : problems;
}

function ipv6Problems(
  { topology: given, networking: kind, podEncryption: encryption }: NetworkingRequest,
  { privateSubnets, ipv6Clusters }: NetworkAbilities,
): Issue[] {
  const problems: Issue[] = [];
  if (!ipv6Clusters) {
    problems.push({
      path: ["ipv6"],
      message: "needs an environment with IPv6 for clusters: write ipv6: clusters under its pilot:network",
    });
  } else if (topologyIn(given, privateSubnets) === "public") {
    problems.push({
      path: ["topology"],
      message:
        "cannot be public with ipv6: pods would reach no IPv4 address, and AWS makes no internal load balancers in " +
        "subnets with an IPv6 route from the internet",
    });
  }
  if (!withIpv6.includes(kind)) {
    problems.push({
      path: ["networking"],
      message: `cannot be ${kind} with ipv6: kOps takes ${withIpv6.join(", ")}`,
    });
  }
  if (encryption !== undefined)
    problems.push({ path: ["podEncryption"], message: "is not available with ipv6: kOps refuses it" });
  return problems;
}

/** The pods' network. */
export function composeNetworking(
  { networking: kind, podEncryption: encryption, ipv6: ofIpv6 }: NetworkingRequest,
  vpcCidr: string,
): PlainObject {
  return {
    // kOps's own choices, made explicit: with amazonvpc pods have addresses of the VPC; the other range overlaps with
    // no private VPC.
    nonMasqueradeCIDR: ofIpv6 === true ? anyIpv6 : kind === "amazonvpc" ? vpcCidr : "100.64.0.0/10",
    networking: composers[kind](encryption === "wireguard"),
    ...(withoutKubeProxy.includes(kind) && { kubeProxy: { enabled: false } }),
  };
}
