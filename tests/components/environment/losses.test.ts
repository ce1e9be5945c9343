import { expect } from "chai";
import { dependentsOf, type FoundClusters } from "../../../components/environment/guards/dependents.ts";
import { lossesOf, type Dependent, type DesiredEnvironment } from "../../../components/environment/guards/losses.ts";
import { ownStateOf, type OwnState, type ResourceOutputs } from "../../../components/environment/guards/own-state.ts";
import { referencedEnvironment } from "../../../components/environment/desired.ts";
import { environmentReference } from "../../../components/reference/index.ts";
import { current, desired, k1, resources, same, spec, urn, type SharedInfrastructure } from "./sample-state.ts";

describe("the stack's current infrastructure, read from its state", () => {
  it("includes its buckets, key, network, zone, clusters and their tags", () => {
    expect(current).to.deep.include({
      stateBucket: "state",
      discoveryBucket: "oidc",
      keyArn: "arn:aws:kms:ap-southeast-2:1:key/one",
      purges: true,
      network: {
        made: true,
        vpcId: "vpc-1",
        cidr: "10.20.0.0/16",
        subnets: [
          { kind: "private", zone: "ap-southeast-2a", id: "subnet-a", cidr: "10.20.0.0/18" },
          { kind: "utility", zone: "ap-southeast-2a", id: "subnet-b", cidr: "10.20.192.0/22" },
        ],
      },
      zone: { made: true, id: "Z1", name: "sbx.example.com", private: true },
    });
    expect(
      current.clusters.map(({ resource, name, stateStore, owner }) => [resource, name, stateStore, owner]),
    ).to.deep.equal([["k1", "k1.sbx.example.com", "s3://state", "organization/pilot/sbx"]]);
    expect(Object.keys(current.tags)).to.deep.equal([
      "k1-private-ap-southeast-2a/kubernetes.io/cluster/k1.sbx.example.com",
    ]);
  });

  it("is empty for a stack that was never brought up, or failed before its first resource", () => {
    for (const none of [
      {},
      { [urn("pulumi:pulumi:Stack", "pilot-sbx")]: { type: "pulumi:pulumi:Stack", outputs: {} } },
    ]) {
      expect(ownStateOf(none, "sbx")).to.deep.equal({ purges: false, domainOnly: false, clusters: [], tags: {} });
      expect(lossesOf(ownStateOf(none, "sbx"), desired())).to.deep.equal([]);
    }
  });

  it("includes an existing network and zone, a store with a role, and what a destroy does to it", () => {
    const others: ResourceOutputs = {
      [urn("pilot:network:ExistingNetwork", "sbx")]: {
        type: "pilot:network:ExistingNetwork",
        outputs: {
          vpcId: "vpc-9",
          vpcCidr: "10.0.0.0/16",
          zones: [{ zone: "ap-southeast-2a", utilitySubnetId: "subnet-u", utilityCidr: "10.0.0.0/24" }],
        },
      },
      [urn("pilot:dns:Dns", "sbx")]: { type: "pilot:dns:Dns", outputs: { zoneName: "shared.internal", zoneId: "Z9" } },
      [urn("pulumi:providers:aws", "sbx-store")]: {
        type: "pulumi:providers:aws",
        outputs: { assumeRoles: '[{"roleArn":"arn:aws:iam::999999999999:role/store"}]' },
      },
      [urn("pulumi-nodejs:dynamic/store:BucketContents", "sbx-state")]: {
        type: "pulumi-nodejs:dynamic/store:BucketContents",
        outputs: { onDestroy: "purge" },
      },
    };
    expect(ownStateOf(others, "sbx")).to.deep.include({
      network: {
        made: false,
        vpcId: "vpc-9",
        cidr: "10.0.0.0/16",
        subnets: [{ kind: "utility", zone: "ap-southeast-2a", id: "subnet-u", cidr: "10.0.0.0/24" }],
      },
      zone: { made: false, id: "Z9", name: "shared.internal" },
      storeRole: "arn:aws:iam::999999999999:role/store",
      purges: true,
    });
  });
});

/** What a network with `ipv6: clusters` adds to the state. */
const network64: ResourceOutputs = {
  [urn("pilot:network:Network", "sbx")]: { type: "pilot:network:Network", outputs: { ipv6Clusters: true } },
};

describe("a cluster's loss by a change of the environment", () => {
  const cases: [what: string, change: DesiredEnvironment, keys: string[]][] = [
    ["nothing changes", desired(), []],
    ["another state bucket", desired({ store: { ...same.store, state: "other" } }), ["pilot:stateStore stateBucket"]],
    [
      "another discovery bucket",
      desired({ store: { ...same.store, discovery: "other" } }),
      ["pilot:stateStore discoveryBucket"],
    ],
    [
      "a key that is no longer created",
      desired({ store: { ...same.store, makesKey: false } }),
      ["pilot:stateStore encryption"],
    ],
    [
      "buckets accessed by a role",
      desired({ store: { ...same.store, role: "arn:aws:iam::999999999999:role/store" } }),
      ["pilot:stateStore role", "pilot:stateStore role", "pilot:stateStore encryption"],
    ],
    [
      "another range of the VPC",
      desired({ network: { ...same.network, made: true, cidr: "10.60.0.0/16", subnets: [] } }),
      ["pilot:network cidr"],
    ],
    ["an existing VPC", desired({ network: { made: false, vpcId: "vpc-1", subnets: [] } }), ["pilot:network existing"]],
    [
      "one zone fewer",
      desired({
        network: {
          made: true,
          cidr: "10.20.0.0/16",
          subnets: [{ kind: "utility", zone: "ap-southeast-2a", cidr: "10.20.192.0/22" }],
        },
      }),
      ["pilot:network zones"],
    ],
    [
      "a subnet that the cluster does not use",
      desired({
        network: {
          made: true,
          cidr: "10.20.0.0/16",
          subnets: [{ kind: "private", zone: "ap-southeast-2a", cidr: "10.20.0.0/18" }],
        },
      }),
      [],
    ],
    [
      "another range of the cluster's subnet",
      desired({
        network: {
          made: true,
          cidr: "10.20.0.0/16",
          subnets: [
            { kind: "private", zone: "ap-southeast-2a", cidr: "10.20.64.0/18" },
            { kind: "utility", zone: "ap-southeast-2a", cidr: "10.20.192.0/22" },
          ],
        },
      }),
      ["pilot:network subnets.ap-southeast-2a"],
    ],
    ["another domain", desired({ dns: { made: true, name: "other.example.com", private: true } }), ["pilot:dns name"]],
    ["a public zone", desired({ dns: { made: true, name: "sbx.example.com", private: false } }), ["pilot:dns type"]],
    ["no zone", desired({ dns: undefined }), ["pilot:dns type"]],
    ["an existing zone", desired({ dns: { made: false, id: "Z9" } }), ["pilot:dns type"]],
    ["another region", desired({}, "eu-west-1"), ["aws:region "]],
    [
      "another stack's environment",
      { region: "ap-southeast-2" },
      ["pilot:stateStore ", "pilot:stateStore ", "pilot:stateStore encryption", "pilot:network ", "pilot:dns "],
    ],
  ];
  for (const [what, change, keys] of cases) {
    it(`is found: ${what}`, () => {
      const needed = lossesOf(current, change).filter(({ isNeededBy }) => isNeededBy(k1));
      expect(needed.map(({ source, path }) => `${source} ${path}`)).to.deep.equal(keys);
    });
  }

  it("is found: NAT64 that IPv6 clusters need", () => {
    const made = {
      ...same.network,
      made: true as const,
      cidr: "10.20.0.0/16",
      subnets: current.network?.subnets ?? [],
    };
    const [with64, without64] = [{ ...made, ipv6Clusters: true }, made].map((network) => desired({ network }));
    const state = ownStateOf({ ...resources, ...network64 }, "sbx");
    const six = { ...k1, spec: { ...spec, nonMasqueradeCIDR: "::/0" } };
    const lost = (change: DesiredEnvironment | undefined, cluster: Dependent): string[] =>
      lossesOf(state, change ?? desired())
        .filter(({ isNeededBy }) => isNeededBy(cluster))
        .map(({ source, path, message }) => `${source} ${path}: ${message}`);
    expect(lost(with64, six)).to.deep.equal([]);
    expect(lost(without64, k1)).to.deep.equal([]);
    expect(lost(without64, six)).to.deep.equal([
      "pilot:network ipv6: the routes of private subnets for NAT64 would be deleted: pods would reach no IPv4 address",
    ]);
  });

  it("includes a purge that a stack, which is no sandbox, newly asks for", () => {
    const purge = desired({ store: { ...same.store, purges: true } });
    expect(
      lossesOf({ ...current, purges: false }, purge).map(({ path, isNeededBy }) => [path, isNeededBy(k1)]),
    ).to.deep.equal([["onDestroy", true]]);
    expect(lossesOf(current, purge)).to.deep.equal([]);
  });

  it("does not include a key that is retained", () => {
    expect(
      lossesOf({ ...current, purges: false }, desired({ store: { ...same.store, makesKey: false } })),
    ).to.deep.equal([]);
  });

  it("includes an existing network or zone", () => {
    const existing: OwnState = {
      ...current,
      network: {
        made: false,
        vpcId: "vpc-1",
        cidr: "10.20.0.0/16",
        subnets: [{ kind: "private", zone: "ap-southeast-2a", id: "subnet-a", cidr: "10.20.0.0/18" }],
      },
      zone: { made: false, id: "Z1", name: "sbx.example.com" },
    };
    const needed = (shared: Partial<SharedInfrastructure>) =>
      lossesOf(existing, desired(shared))
        .filter(({ isNeededBy }) => isNeededBy(k1))
        .map(({ source, path }) => `${source} ${path}`);
    const kept: Partial<SharedInfrastructure> = {
      network: { made: false, vpcId: "vpc-1", subnets: [{ kind: "private", zone: "ap-southeast-2a", id: "subnet-a" }] },
      dns: { made: false, id: "Z1" },
    };
    expect(needed(kept)).to.deep.equal([]);
    expect(needed({ ...kept, network: { made: false, vpcId: "vpc-2", subnets: [] } })).to.deep.equal([
      "pilot:network existing",
    ]);
    expect(needed({ ...kept, network: { made: false, vpcId: "vpc-1", subnets: [] } })).to.deep.equal([
      "pilot:network existing.subnets",
    ]);
    expect(needed({ ...kept, dns: { made: false, id: "Z2" } })).to.deep.equal(["pilot:dns type"]);
  });

  it("includes another stack's environment, by the one key that names it", () => {
    const environment = {
      version: 1,
      name: "sbx",
      region: "ap-southeast-2",
      accountId: "123456789012",
      tags: {},
      network: {
        vpcId: "vpc-1",
        vpcCidr: "10.20.0.0/16",
        zones: [
          {
            zone: "ap-southeast-2a",
            privateSubnetId: "subnet-a",
            privateCidr: "10.20.0.0/18",
            utilitySubnetId: "subnet-b",
            utilityCidr: "10.20.192.0/22",
          },
        ],
      },
      dns: { topology: "Private", zoneName: "sbx.example.com", zoneId: "Z1" },
      stateStore: { stateStore: "s3://state", discoveryBucket: "oidc" },
    } as const;
    const reference = environmentReference.parse(environment);
    const team = ownStateOf(
      { [urn("pulumi:pulumi:Stack", "pilot-team")]: { type: "pulumi:pulumi:Stack", outputs: { environment } } },
      "team",
    );
    expect(team.referenced).to.equal("sbx");
    const needed = (change: DesiredEnvironment) =>
      lossesOf(team, change)
        .filter(({ isNeededBy }) => isNeededBy(k1))
        .map(({ source, path }) => `${source} ${path}`);
    expect(needed(referencedEnvironment(reference))).to.deep.equal([]);
    expect(
      needed(
        referencedEnvironment({
          ...reference,
          stateStore: { ...reference.stateStore, stateStore: "s3://other" },
          network: { ...reference.network, vpcId: "vpc-2" },
        }),
      ),
    ).to.deep.equal(["pilot:environment ", "pilot:environment "]);
    // Its own environment instead of the other stack's.
    expect(needed(desired({ store: { ...same.store, state: "own" } }))).to.deep.equal([
      "pilot:environment ",
      "pilot:environment ",
      "pilot:environment ",
    ]);
  });

  it("includes access to an API without a hosted zone", () => {
    const none: OwnState = { ...current, domainOnly: true };
    delete none.zone;
    const domainOnly: Dependent = {
      ...k1,
      spec: { ...spec, dnsZone: undefined, topology: { dns: { type: "None" } } },
    };
    const [loss] = lossesOf(none, desired());
    expect(loss?.isNeededBy(domainOnly)).to.equal(true);
    expect(loss?.isNeededBy({ ...domainOnly, name: "k1.k8s.local" })).to.equal(false);
  });
});

describe("clusters that may need part of an environment", () => {
  const seen = (more: Partial<FoundClusters> = {}) =>
    dependentsOf({ current, stored: [], moved: [], tagged: new Map(), ...more });

  it("come from the own state, the store and subnet tags, each one once", () => {
    const found = seen({
      stored: [
        { name: "k1.sbx.example.com", spec },
        { name: "t1.sbx.example.com", owner: "organization/pilot/team" },
      ],
      tagged: new Map([
        ["k1.sbx.example.com", ["subnet-a"]],
        ["eks", ["subnet-b"]],
      ]),
    });
    expect(
      found.map(({ name, owner, stateBucket, tagged }) => [name, owner, stateBucket, tagged?.subnetIds]),
    ).to.deep.equal([
      ["eks", undefined, undefined, ["subnet-b"]],
      ["k1.sbx.example.com", "organization/pilot/sbx", "state", ["subnet-a"]],
      ["t1.sbx.example.com", "organization/pilot/team", "state", undefined],
    ]);
  });

  it("exclude those known only from tags of this stack, which were refused or are new", () => {
    const tags = {
      "k9-private-a": { resourceId: "subnet-a", key: "kubernetes.io/cluster/k9.sbx.example.com", value: "shared" },
    };
    expect(
      seen({ current: { ...current, tags }, tagged: new Map([["k9.sbx.example.com", ["subnet-a"]]]) }).map(
        ({ name }) => name,
      ),
    ).to.deep.equal(["k1.sbx.example.com"]);
  });

  it("that moved to the desired store no longer need the old one, but still need the rest", () => {
    const sighting = { stored: [{ name: "k1.sbx.example.com", spec }], moved: ["k1.sbx.example.com"] };
    const [moved] = seen({ ...sighting, current: { ...current, purges: false } });
    // With purge the old store would be deleted.
    expect(seen(sighting)[0]?.stateBucket).to.equal("state");
    const change = desired({ store: { ...same.store, state: "other", discovery: "other" } });
    expect(
      lossesOf(current, change)
        .filter(({ isNeededBy }) => moved !== undefined && isNeededBy(moved))
        .map(({ path }) => path),
    ).to.deep.equal(["discoveryBucket"]);
  });
});
