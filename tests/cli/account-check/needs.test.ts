import { expect } from "chai";
import { needsOf, networkNeeds, type KopsObjects } from "../../../cli/account-check/needs.ts";

const zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];

describe("what a stack needs of its account", () => {
  const none = {
    vpcs: 0,
    internetGateways: 0,
    egressOnlyGateways: 0,
    addresses: 0,
    networkLoadBalancers: 0,
    classicLoadBalancers: 0,
    roles: 0,
    instanceProfiles: 0,
  };

  for (const [what, network, counts, natGateways] of [
    ["nothing without a network of its own", undefined, {}, []],
    ["a gateway and an address in each zone", { zones }, { addresses: 3 }, zones],
    ["one of them with a single gateway", { zones, nat: "single" }, { addresses: 1 }, zones.slice(0, 1)],
    ["none of them without", { zones, nat: "none" }, {}, []],
    ["none of them in public subnets", { zones, topology: "public" }, {}, []],
    [
      "no address where it has its own",
      { zones, nat: { addresses: ["eipalloc-1", "eipalloc-2", "eipalloc-3"] } },
      {},
      zones,
    ],
    ["a way out for IPv6", { zones, nat: "none", ipv6: true }, { egressOnlyGateways: 1 }, []],
    ["a role for flow logs", { zones, nat: "none", flowLogs: { to: "cloudwatch" } }, { roles: 1 }, []],
  ] as const)
    it(what, () => {
      const found = networkNeeds(network as Parameters<typeof networkNeeds>[0]);
      const made = network ? { vpcs: 1, internetGateways: 1 } : {};
      expect(found.counts).to.deep.equal({ ...none, ...made, ...counts });
      expect(Object.keys(found.natGateways)).to.deep.equal(natGateways);
    });

  it("is nothing in a network that exists", () => {
    const existing = { vpcId: "vpc-1", subnets: { private: { ids: ["subnet-1"] } } };
    expect(networkNeeds({ zones, existing })).to.deep.equal({ counts: none, natGateways: {} });
  });

  const cluster = (more: Partial<KopsObjects> = {}): KopsObjects => ({
    name: "k1.example.com",
    cluster: {
      networkID: "vpc-1",
      subnets: [{ id: "subnet-1", type: "Private", zone: zones[0] }],
      api: { loadBalancer: { class: "Network" } },
    },
    instanceGroups: {
      "control-plane-a": { role: "ControlPlane", machineType: "m7i.large", minSize: 1, maxSize: 1 },
      nodes: { role: "Node", machineType: "t3.large", minSize: 2, maxSize: 6 },
    },
    ...more,
  });

  it("are machines as they begin, at most, and while the largest group rolls", () => {
    const { machines, counts } = needsOf(undefined, [cluster()]);
    const of = { cluster: "k1.example.com", market: "on-demand" };
    expect(machines).to.deep.equal([
      { ...of, group: "control-plane-a", types: ["m7i.large"], start: 1, most: 1, surge: 0 },
      { ...of, group: "nodes", types: ["t3.large"], start: 2, most: 6, surge: 1 },
    ]);
    expect(counts).to.deep.equal({ ...none, networkLoadBalancers: 1, roles: 2, instanceProfiles: 2 });
  });

  for (const [what, group, expected] of [
    ["kOps's number of nodes", {}, { "on-demand": [2, 2, 1] }],
    ["spot by its price", { minSize: 3, maxSize: 3, maxPrice: "0.1" }, { spot: [3, 3, 1] }],
    [
      "both markets by their shares",
      {
        minSize: 4,
        maxSize: 10,
        mixedInstancesPolicy: { instances: ["m7i.large", "m6i.large"], onDemandBase: 2, onDemandAboveBase: 50 },
        rollingUpdate: { maxSurge: 2 },
      },
      { "on-demand": [3, 6, 1], spot: [1, 4, 1] },
    ],
    ["no surge where none is set", { rollingUpdate: { maxSurge: 0 } }, { "on-demand": [2, 2, 0] }],
    ["no machine of an empty group that stays empty", { minSize: 0, maxSize: 0 }, {}],
  ] as const)
    it(`count ${what}`, () => {
      const { machines } = needsOf(undefined, [
        cluster({ instanceGroups: { nodes: { role: "Node", machineType: "m7i.large", ...group } } }),
      ]);
      const found = machines.map(({ market, start, most, surge }) => [market, [start, most, surge]] as const);
      expect(Object.fromEntries(found)).to.deep.equal(expected);
    });

  it("name groups of Karpenter, whose machines nobody knows", () => {
    const instanceGroups = { spot: { role: "Node", manager: "Karpenter" } };
    const { machines, karpenter } = needsOf(undefined, [cluster({ instanceGroups })]);
    expect(machines).to.deep.equal([]);
    expect(karpenter).to.deep.equal(["k1.example.com/spot"]);
  });

  it("is a network more for a cluster that kOps makes one for", () => {
    const own = cluster({
      cluster: {
        subnets: [
          { type: "Private", zone: zones[0] },
          { type: "Private", zone: zones[1], egress: "nat-1" },
          { type: "Utility", zone: zones[0] },
        ],
        api: { loadBalancer: {} },
      },
      instanceGroups: { bastions: { role: "Bastion", machineType: "t3.micro" } },
    });
    const needs = needsOf({ zones, nat: "single" }, [own]);
    expect(needs.counts).to.include({ vpcs: 2, internetGateways: 2, addresses: 2 });
    expect(needs.counts).to.include({ networkLoadBalancers: 1, classicLoadBalancers: 1 });
    expect(needs.natGateways).to.deep.equal({ "eu-central-1a": 2 });
  });
});
