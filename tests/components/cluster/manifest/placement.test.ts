import { expect } from "chai";
import { fillManifest } from "../../../../components/cluster/manifest/fill-manifest.ts";
import type { ManifestRequest } from "../../../../components/cluster/index.ts";
import { needsLiving, placementOf, placementProblems } from "../../../../components/cluster/manifest/placement.ts";
import { placeClusters, type ClusterLocation } from "../../../../components/environment/place-clusters.ts";
import type { PlainObject } from "../../../../components/config/merge.ts";
import { surroundings } from "../golden-cases.ts";

const name = "k1.sbx.pilot.internal";
const vpcCidr = surroundings.network.vpcCidr;
const bare = { name: "a", zone: "ap-southeast-2a", type: "Public", cidr: "172.20.0.0/16" };
const placed = { ...bare, id: "subnet-1" };

const spec = (more: PlainObject = {}): PlainObject => ({
  networkCIDR: "172.20.0.0/16",
  subnets: [bare],
  topology: { dns: { type: "None" } },
  ...more,
});
const request = (cluster: PlainObject, more: Partial<ManifestRequest> = {}): ManifestRequest => ({
  name: "k1",
  kopsVersion: "1.35.0",
  manifest: { name, cluster, instanceGroups: {}, sshPublicKeys: [] },
  filling: {
    at: { source: "clusters/sbx/k1.yaml", line: 3 },
    problems: [
      { source: "clusters/sbx/kops/k1.yaml", line: 9, path: "spec.subnets", message: "is not a zone of the network" },
    ],
  },
  ...more,
});

describe("the network of a manifest's cluster", () => {
  const cases: [string, ManifestRequest, PlainObject | undefined, "own" | "environment"][] = [
    ["a new one from `kops create cluster --dry-run`, whatever its ranges", request(spec()), undefined, "environment"],
    [
      "a new one from a template with the environment's range",
      request(spec({ networkCIDR: vpcCidr })),
      undefined,
      "environment",
    ],
    [
      "a new one from a template without ranges",
      request({ subnets: [{ name: "a", zone: "ap-southeast-2a", type: "Public" }] }),
      undefined,
      "environment",
    ],
    ["a new one that says own", request(spec(), { network: "own" }), undefined, "own"],
    [
      "a new one that names a VPC and no subnets, which kOps creates",
      request(spec({ networkID: "vpc-1" })),
      undefined,
      "own",
    ],
    [
      "a new one that names a VPC, and says environment",
      request(spec({ networkID: "vpc-1" }), { network: "environment" }),
      undefined,
      "environment",
    ],
    [
      "one to be adopted that is not in the store, with a range of its own",
      request(spec(), { adopt: true }),
      undefined,
      "own",
    ],
    [
      "one to be adopted that is not in the store, with the environment's range",
      request(spec({ networkCIDR: vpcCidr }), { adopt: true }),
      undefined,
      "environment",
    ],
    ["an existing one that kOps created with its VPC", request(spec(), { adopt: true }), spec(), "own"],
    ["the same after adopt is removed", request(spec()), spec(), "own"],
    [
      "an existing one in a given VPC, whose subnets kOps created",
      request(spec({ networkID: "vpc-1" })),
      spec({ networkID: "vpc-1" }),
      "own",
    ],
    [
      "an existing one that was filled in before",
      request(spec()),
      spec({ networkID: "vpc-2", subnets: [placed] }),
      "environment",
    ],
    [
      "an existing one that was filled in before, from a template that names the VPC",
      request(spec({ networkID: "vpc-2" })),
      spec({ networkID: "vpc-2", subnets: [placed] }),
      "environment",
    ],
    [
      "an existing one that was filled in before, with adopt beside it",
      request(spec(), { adopt: true }),
      spec({ networkID: "vpc-2", subnets: [placed] }),
      "environment",
    ],
  ];
  for (const [what, one, living, expected] of cases) {
    it(`for ${what}: ${expected}`, () => {
      expect(placementOf(one, living, vpcCidr).network).to.equal(expected);
    });
  }

  it("needs no lookup if all subnets have ids", () => {
    expect([needsLiving(request(spec({ subnets: [placed] }))), needsLiving(request(spec()))]).to.deep.equal([
      false,
      true,
    ]);
  });

  it("cannot contradict an existing cluster; mismatches count only for a cluster in the environment", () => {
    const living = request(spec(), { network: "environment" });
    const problems = (one: ManifestRequest, there: PlainObject | undefined): string[] =>
      placementProblems(one, placementOf(one, there, vpcCidr)).map(
        ({ source, line, path, message }) => `${source}:${line ?? ""} ${path} ${message}`,
      );
    expect(problems(living, spec())).to.have.length(1);
    expect(problems(living, spec())[0]).to.match(
      /^clusters\/sbx\/k1\.yaml:3 network cannot be environment: the cluster is in a network of its own/,
    );
    expect(problems(request(spec(), { network: "own" }), spec({ subnets: [placed] }))[0]).to.match(
      /network cannot be own: the cluster is in subnets that existed before it/,
    );
    expect(problems(request(spec()), undefined)[0]).to.contain("is not a zone of the network");
    expect(problems(request(spec()), spec())).to.deep.equal([]);
  });

  it("needs only the store filled in if it is the cluster's own, and not even DNS once the cluster exists", () => {
    const own = spec({ topology: {}, configBase: undefined });
    const manifest = { name, cluster: own, instanceGroups: {}, sshPublicKeys: [] };
    const living = fillManifest(manifest, surroundings, { network: "own", living: own });
    expect(living).to.deep.equal({
      cluster: { ...own, configBase: `s3://pilot-sbx-state/${name}` },
      stateStore: "s3://pilot-sbx-state",
      subnets: [],
    });
    const fresh = fillManifest(manifest, surroundings, { network: "own" });
    expect(fresh.cluster)
      .to.deep.include({
        topology: { dns: { type: "Private" } },
        dnsZone: surroundings.dns.zoneId,
        subnets: own["subnets"],
        networkCIDR: "172.20.0.0/16",
      })
      .and.to.not.have.any.keys("networkID", "DisableSubnetTags");
  });

  it("gets subnet tags from this program if kOps must not tag them, unless the cluster is adopted", () => {
    const [zone] = surroundings.network.zones;
    const written = {
      name: "ap-southeast-2a",
      zone: zone?.zone,
      type: "Private",
      cidr: zone?.privateCidr,
      id: "subnet-1",
    };
    const other = { ...written, name: "other", cidr: "10.99.0.0/24" };
    const filled = (cluster: PlainObject, adopts = false) =>
      fillManifest(
        { name, cluster, instanceGroups: {}, sshPublicKeys: [] },
        surroundings,
        { network: "environment" },
        adopts,
      ).subnets;
    const manifest = spec({ subnets: [written, other], DisableSubnetTags: true });
    expect(filled(manifest)).to.deep.equal([{ kind: "private", zone: zone?.zone, id: zone?.privateSubnetId }]);
    expect(filled(spec({ subnets: [written, { ...written, name: "again" }], DisableSubnetTags: true }))).to.have.length(
      1,
    );
    expect(filled(manifest, true)).to.deep.equal([]);
    expect(filled(spec({ subnets: [written] }))).to.deep.equal([]);
  });

  it("needs no hosted zone and no DNS type for a gossip cluster", () => {
    const { cluster } = fillManifest(
      { name: "k1.k8s.local", cluster: { subnets: [bare] }, instanceGroups: {}, sshPublicKeys: [] },
      surroundings,
      { network: "environment" },
    );
    expect(cluster)
      .to.include({ networkID: surroundings.network.vpcId })
      .and.to.not.have.any.keys("dnsZone", "topology");
  });
});

describe("the lookup of existing clusters", () => {
  const place = async (
    requests: ManifestRequest[],
    read: (seat: ClusterLocation) => Promise<PlainObject | undefined>,
  ) =>
    await placeClusters(requests, {
      region: "ap-southeast-2",
      zoneName: "sbx.pilot.internal",
      stateStore: "s3://pilot-sbx-state",
      vpcCidr,
      read,
    });

  it("uses the store that the manifest names, else the environment's, and is skipped if ids decide", async () => {
    const asked: string[] = [];
    const seen = async ({ stateStore, name: full }: ClusterLocation): Promise<undefined> => {
      asked.push(`${stateStore} ${full}`);
      return Promise.resolve(undefined);
    };
    const fine = { filling: { at: { source: "x" }, problems: [] } };
    await place(
      [
        request(spec({ configBase: `s3://older/k/${name}` }), fine),
        request(spec({ configBase: `memfs://state/${name}` }), fine),
        request(spec({ subnets: [placed] }), fine),
      ],
      seen,
    );
    expect(asked).to.deep.equal([`s3://older/k ${name}`, `s3://pilot-sbx-state ${name}`]);
  });

  it("skips a cluster whose store does not answer, with a message, and places the others", async () => {
    const { requests, problems } = await place(
      [
        request(spec()),
        request(spec({ subnets: [placed] }), { name: "k2", filling: { at: { source: "x" }, problems: [] } }),
      ],
      () => Promise.reject(new Error("access denied")),
    );
    expect(requests.map((one) => one.name)).to.deep.equal(["k2"]);
    expect(problems.map(({ source, message }) => `${source} ${message}`)).to.deep.equal([
      "clusters/sbx/k1.yaml cannot be placed: s3://pilot-sbx-state tells whether the cluster exists and in whose " +
        "network, but it cannot be read: access denied",
    ]);
  });
});
