import { expect } from "chai";
import {
  resolveExisting,
  type FoundNetwork,
  type FoundSubnet,
  type FoundTable,
} from "../../../components/network/existing/existing.ts";
import { mostTags } from "../../../providers/kops/model/tag-keys.ts";
import { tagLimitProblems } from "../../../components/tags/keys.ts";
import { existingProblems } from "../../../components/network/existing/request.ts";
import type { ExistingRequest } from "../../../components/network/existing/request.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b"];
const request: ExistingRequest = {
  vpcId: "vpc-1",
  subnets: { private: { ids: ["p-a", "p-b"] }, utility: { ids: ["u-a", "u-b"] } },
};
const byTags: ExistingRequest = {
  vpcId: "vpc-1",
  subnets: { private: { tags: { tier: "private" } }, utility: { tags: { tier: "public" } } },
};

const subnet = (id: string, third: number, changes: Partial<FoundSubnet> = {}): FoundSubnet => ({
  id,
  vpcId: "vpc-1",
  zone: `ap-southeast-2${id.slice(-1)}`,
  cidr: `10.40.${third}.0/24`,
  freeAddresses: 200,
  tags: { Name: id, [id.startsWith("p") ? "kubernetes.io/role/internal-elb" : "kubernetes.io/role/elb"]: "1" },
  ...changes,
});

interface Changes {
  subnets?: Record<string, Partial<FoundSubnet>>;
  vpc?: Partial<FoundNetwork["vpc"]>;
  tables?: readonly FoundTable[];
  more?: Partial<Pick<FoundNetwork, "private" | "utility">>;
}

const tables: readonly FoundTable[] = [
  { main: true, subnetIds: ["p-a"], defaultTarget: "nat-1" },
  { main: false, subnetIds: ["u-a", "u-b"], defaultTarget: "igw-1" },
];

function found({ subnets = {}, vpc, tables: otherTables, more }: Changes = {}): FoundNetwork {
  const get = (id: string, third: number) => subnet(id, third, subnets[id]);
  return {
    vpc: { id: "vpc-1", cidr: "10.40.0.0/16", secondaryCidrs: [], dnsSupport: true, dnsHostnames: true, ...vpc },
    private: [get("p-a", 1), get("p-b", 2)],
    utility: [get("u-a", 3), get("u-b", 4)],
    tables: otherTables ?? tables,
    ...more,
  };
}

const textsOf = ({ problems }: ReturnType<typeof resolveExisting>) =>
  problems.map(({ path, message }) => `${path.map(String).join(".")} ${message}`);

describe("an existing network", () => {
  it("needs no utility subnets: with a transit gateway everything is internal", () => {
    const privateOnly = { ...request, subnets: { private: { tags: { tier: "private" } } } };
    const throughTransit = [{ main: true, subnetIds: [], defaultTarget: "tgw-0123456789abcdef0" }];
    const only: FoundNetwork = { ...found({ tables: throughTransit }) };
    delete only.utility;
    const { network, problems } = resolveExisting(privateOnly, zones, only);
    expect(problems).to.deep.equal([]);
    for (const zone of network.zones) expect(zone).to.have.all.keys("zone", "privateSubnetId", "privateCidr");
    expect(existingProblems(privateOnly)).to.deep.equal([]);
    expect(existingProblems({ ...request, subnets: {} }).map(({ message }) => message)).to.deep.equal([
      "needs private or utility subnets",
    ]);
  });

  it("is used as it is, with zones in the requested order, whatever the lookup's order", () => {
    const shuffled = found();
    const { network, problems } = resolveExisting(request, zones.toReversed(), {
      ...shuffled,
      utility: shuffled.utility?.toReversed() ?? [],
    });
    expect(problems).to.deep.equal([]);
    expect(network).to.deep.equal({
      vpcId: "vpc-1",
      vpcCidr: "10.40.0.0/16",
      secondaryCidrs: [],
      zones: [
        {
          zone: "ap-southeast-2b",
          privateSubnetId: "p-b",
          privateCidr: "10.40.2.0/24",
          utilitySubnetId: "u-b",
          utilityCidr: "10.40.4.0/24",
        },
        {
          zone: "ap-southeast-2a",
          privateSubnetId: "p-a",
          privateCidr: "10.40.1.0/24",
          utilitySubnetId: "u-a",
          utilityCidr: "10.40.3.0/24",
        },
      ],
    });
  });

  it("may have subnets in further ranges of its VPC", () => {
    const { network, problems } = resolveExisting(
      request,
      zones,
      found({
        vpc: { secondaryCidrs: ["10.98.0.0/20", "10.99.0.0/16"] },
        subnets: { "p-b": { cidr: "10.99.0.0/24" } },
      }),
    );
    expect(problems).to.deep.equal([]);
    expect(network.secondaryCidrs).to.deep.equal(["10.98.0.0/20", "10.99.0.0/16"]);
    expect(network.zones[1]?.privateCidr).to.equal("10.99.0.0/24");
  });

  it("chosen by tags ignores subnets in other zones", () => {
    const { private: nodes = [] } = found();
    expect(
      textsOf(resolveExisting(byTags, zones, found({ more: { private: [...nodes, subnet("p-c", 5)] } }))),
    ).to.deep.equal([]);
  });

  it("may lack private subnets: nodes then use utility subnets, which need both role tags and free addresses", () => {
    const onlyPublic: ExistingRequest = { vpcId: "vpc-1", subnets: { utility: { ids: ["u-a", "u-b"] } } };
    const both = { tags: { "kubernetes.io/role/elb": "1", "kubernetes.io/role/internal-elb": "1" } };
    const good = resolveExisting(onlyPublic, zones, found({ subnets: { "u-a": both, "u-b": both } }));
    expect(textsOf(good)).to.deep.equal([]);
    expect(good.network.zones[0]).to.deep.equal({
      zone: "ap-southeast-2a",
      utilitySubnetId: "u-a",
      utilityCidr: "10.40.3.0/24",
    });
    const bad = textsOf(
      resolveExisting(onlyPublic, zones, found({ subnets: { "u-a": { freeAddresses: 15 }, "u-b": both } })),
    );
    expect(bad).to.have.length(2);
    expect(bad.join("\n"))
      .to.match(/u-a .* has 15 free addresses: a cluster needs 16/)
      .and.match(/u-a does not have the tag kubernetes\.io\/role\/internal-elb/);
  });

  const wrong: [string, Changes, Partial<ExistingRequest>, RegExp][] = [
    [
      "without DNS support",
      { vpc: { dnsSupport: false } },
      {},
      /^existing\.vpcId the VPC vpc-1 has enableDnsSupport off: kOps refuses/,
    ],
    [
      "without DNS host names",
      { vpc: { dnsHostnames: false } },
      {},
      /^existing\.vpcId .* enableDnsHostnames off: private hosted zones/,
    ],
    [
      "with an id that is not there",
      { more: { utility: [subnet("u-a", 3)] } },
      { subnets: { private: { ids: ["p-a", "p-b"] }, utility: { ids: ["u-a", "u-x"] } } },
      /^existing\.subnets\.utility\.ids\.1 there is no subnet u-x/,
    ],
    [
      "with a subnet of another VPC",
      { subnets: { "p-b": { vpcId: "vpc-9" } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b is in vpc-9/,
    ],
    [
      "with a subnet in another zone",
      { subnets: { "p-b": { zone: "ap-southeast-2c" } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b is in ap-southeast-2c, which is not one of/,
    ],
    [
      "with two subnets in a zone",
      { subnets: { "p-b": { zone: "ap-southeast-2a" } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b and p-a are both in ap-southeast-2a/,
    ],
    [
      "with a subnet outside the ranges of the VPC",
      { subnets: { "p-b": { cidr: "10.99.0.0/24" } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b has the range 10\.99\.0\.0\/24, outside/,
    ],
    [
      "with a full subnet",
      { subnets: { "p-b": { freeAddresses: 15 } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b .* 15 free addresses: a cluster needs 16/,
    ],
    [
      "with fewer free addresses than asked for",
      {},
      { freeAddresses: 201 },
      /^existing\.subnets\.private\.ids\.0 p-a .* 200 free addresses: a cluster needs 201/,
    ],
    [
      "without room for a load balancer",
      { subnets: { "u-a": { freeAddresses: 7 } } },
      {},
      /^existing\.subnets\.utility\.ids\.0 u-a .* 7 free addresses: a load balancer needs 8/,
    ],
    [
      "with a utility subnet behind NAT",
      {
        tables: [tables[0], { main: false, subnetIds: ["u-a"], defaultTarget: "igw-1" }].flatMap(
          (table) => table ?? [],
        ),
      },
      {},
      /^existing\.subnets\.utility\.ids\.1 u-b has a default route to nat-1: .* internet gateway/,
    ],
    [
      "with a private subnet open to the internet",
      { tables: [...tables, { main: false, subnetIds: ["p-b"], defaultTarget: "igw-1" }] },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b is not private: .* igw-1/,
    ],
    [
      "with a private subnet without a way out",
      { tables: [...tables, { main: false, subnetIds: ["p-b"] }] },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b has no default route, .* egress: none/,
    ],
    [
      "without a role tag",
      { subnets: { "p-b": { tags: {} } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b does not have the tag kubernetes\.io\/role\/internal-elb/,
    ],
    [
      "with the role tag of the other kind",
      { subnets: { "p-b": { tags: { "kubernetes.io/role/elb": "1", "kubernetes.io/role/internal-elb": "1" } } } },
      {},
      /^existing\.subnets\.private\.ids\.1 p-b has the tag kubernetes\.io\/role\/elb, which is for utility/,
    ],
    [
      "with the other kind's role tag also where tags are made here",
      { subnets: { "u-a": { tags: { "kubernetes.io/role/internal-elb": "1" } } } },
      { roleTags: "own" },
      /^existing\.subnets\.utility\.ids\.0 u-a has the tag kubernetes\.io\/role\/internal-elb/,
    ],
  ];
  for (const [what, changes, asked, message] of wrong) {
    it(`${what} is refused`, () => {
      const texts = textsOf(resolveExisting({ ...request, ...asked }, zones, found(changes)));
      expect(texts[0]).to.match(message);
    });
  }

  it("for IPv6 clusters has the IPv6 ranges of its subnets, which it does not have for others", () => {
    const ranges = ["p-a", "p-b", "u-a", "u-b"].map((id, index) => [id, { ipv6Cidr: `2001:db8:0:${index + 1}::/64` }]);
    const six = found({ subnets: Object.fromEntries(ranges) as Changes["subnets"] & object });
    const asked: ExistingRequest = { ...request, egress: "none" };
    const { network, problems } = resolveExisting(asked, zones, six, [], true);
    expect(problems).to.deep.equal([]);
    expect(network).to.deep.include({ ipv6Clusters: true });
    const first = { privateIpv6Cidr: "2001:db8:0:1::/64", utilityIpv6Cidr: "2001:db8:0:3::/64" };
    expect(network.zones[0]).to.deep.include(first);
    expect(JSON.stringify(resolveExisting(asked, zones, six).network)).to.not.match(/ipv6/i);
    const utility: ExistingRequest = { ...asked, subnets: { utility: request.subnets.utility }, roleTags: "ignore" };
    expect(textsOf(resolveExisting(utility, zones, six, [], true))).to.deep.equal([
      "existing.subnets IPv6 clusters need private subnets, and it names none",
    ]);
  });

  it("with any range is taken, as kOps takes it on AWS", () => {
    for (const range of ["8.8", "100.64"]) {
      const changes = {
        vpc: { cidr: `${range}.0.0/16` },
        subnets: Object.fromEntries(
          ["p-a", "p-b", "u-a", "u-b"].map((id, index) => [id, { cidr: `${range}.${index}.0/24` }]),
        ),
      };
      expect(textsOf(resolveExisting(request, zones, found(changes)))).to.deep.equal([]);
    }
  });

  it("is refused with every problem at once", () => {
    const changes: Changes = {
      vpc: { dnsSupport: false, dnsHostnames: false },
      subnets: { "p-a": { freeAddresses: 0, tags: {} }, "u-b": { cidr: "10.99.0.0/24" } },
      tables: [],
    };
    // Two problems of the VPC, three of p-a, one of p-b, one of u-a, two of u-b.
    expect(textsOf(resolveExisting(request, zones, found(changes)))).to.have.length(9);
  });

  it("is refused with the missing kind of subnet for each zone", () => {
    const texts = textsOf(resolveExisting(byTags, [...zones, "ap-southeast-2c"], found()));
    expect(texts).to.deep.equal([
      "existing.subnets.private there is no private subnet in ap-southeast-2c",
      "existing.subnets.utility there is no utility subnet in ap-southeast-2c",
    ]);
  });

  it("may lack an outbound route if the config says so", () => {
    const noWayOut: FoundTable[] = [
      { main: true, subnetIds: [] },
      { main: false, subnetIds: ["u-a", "u-b"], defaultTarget: "igw-1" },
    ];
    expect(textsOf(resolveExisting({ ...request, egress: "none" }, zones, found({ tables: noWayOut })))).to.deep.equal(
      [],
    );
  });

  for (const target of ["nat-1", "tgw-1", "eni-1", "vgw-1"]) {
    it(`may have its outbound route through ${target}`, () => {
      expect(
        textsOf(
          resolveExisting(
            request,
            zones,
            found({ tables: [{ main: true, subnetIds: [], defaultTarget: target }, ...tables.slice(1)] }),
          ),
        ),
      ).to.deep.equal([]);
    });
  }

  for (const roleTags of ["own", "ignore"] as const) {
    it(`may lack role tags that are to be ${roleTags === "own" ? "added" : "ignored"}`, () => {
      expect(
        textsOf(resolveExisting({ ...request, roleTags }, zones, found({ subnets: { "p-b": { tags: {} } } }))),
      ).to.deep.equal([]);
    });
  }

  it("without free addresses stops a new cluster, but no change to existing clusters", () => {
    const tags = { "kubernetes.io/role/internal-elb": "1", "kubernetes.io/cluster/k1": "shared" };
    const full = found({ subnets: { "p-a": { freeAddresses: 2, tags } } });
    expect(textsOf(resolveExisting(request, zones, full, ["k1"]))).to.deep.equal([]);
    expect(textsOf(resolveExisting(request, zones, full, ["k1", "k2"]))).to.have.length(1);
  });

  it("with the maximum number of tags stops a cluster that needs another one", () => {
    const tags = {
      "kubernetes.io/role/internal-elb": "1",
      ...Object.fromEntries(Array.from({ length: mostTags - 2 }, (_, index) => [`theirs-${index}`, ""])),
      "aws:cloudformation:stack-id": "x",
    };
    const crowded = found({ subnets: { "p-a": { tags } } });
    expect(textsOf(resolveExisting(request, zones, crowded, ["k1"]))).to.deep.equal([]);
    expect(textsOf(resolveExisting(request, zones, crowded, ["k1", "k2"]))).to.deep.equal([
      "existing.subnets.private.ids.0 p-a would have 51 tags, 2 of them for clusters: AWS allows 50. Remove tags, " +
        "or put clusters into another network",
    ]);
  });
});

describe("the tag limit", () => {
  it("counts an existing tag only once", () => {
    const keys = Array.from({ length: mostTags }, (_, index) => `k${index}`);
    expect(tagLimitProblems([{ what: "x", path: [], keys: [...keys, ...keys] }])).to.deep.equal([]);
    expect(tagLimitProblems([{ what: "x", path: [], keys: [...keys, "one more"] }])).to.have.length(1);
  });
});

describe("a request for an existing network", () => {
  const wrong: [string, ExistingRequest, string][] = [
    ["neither id nor tags of the VPC", { subnets: request.subnets }, "existing"],
    ["both id and tags of the VPC", { ...request, tags: { a: "b" } }, "existing"],
    ["empty tags of the VPC", { tags: {}, subnets: request.subnets }, "existing.tags"],
    ["neither ids nor tags of subnets", { vpcId: "vpc-1", subnets: { utility: {} } }, "existing.subnets.utility"],
    [
      "both ids and tags of subnets",
      { vpcId: "vpc-1", subnets: { utility: { ids: ["u-a"], tags: { a: "b" } } } },
      "existing.subnets.utility",
    ],
    ["empty tags of subnets", { vpcId: "vpc-1", subnets: { utility: { tags: {} } } }, "existing.subnets.utility.tags"],
    [
      "a duplicate subnet",
      { vpcId: "vpc-1", subnets: { private: { ids: ["s-a"] }, utility: { ids: ["s-a"] } } },
      "existing.subnets.utility.ids.0",
    ],
  ];
  it("is accepted by id and by tags", () => {
    expect([
      ...existingProblems(request),
      ...existingProblems({ tags: { a: "b" }, subnets: byTags.subnets }),
    ]).to.deep.equal([]);
  });
  for (const [what, asked, path] of wrong) {
    it(`with ${what} is refused`, () => {
      expect(existingProblems(asked).map((problem) => problem.path.join("."))).to.deep.equal([path]);
    });
  }
});
