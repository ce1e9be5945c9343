import { expect } from "chai";
import fc from "fast-check";
import { cidrText, freeRange, overlaps, parseBlock, type Block } from "../../../../providers/kops/model/cidr.ts";
import { rangeProblems, type Surroundings } from "../../../../providers/kops/model/ranges.ts";

type Spec = Record<string, unknown>;

const spec = (changes: Spec = {}): Spec => ({
  networkCIDR: "10.20.0.0/16",
  networking: { cilium: {} },
  ...changes,
});
const amazonVpc = { networking: { amazonvpc: {} } };
const eni = { networking: { cilium: { ipam: "eni" } } };

interface Case {
  what: string;
  spec: Spec;
  around?: Surroundings;
  /** Each as `field: words of the message`. */
  says: [string, ...RegExp[]][];
}

const refused: Case[] = [
  {
    what: "kOps's default range of pods and services in a VPC of the same addresses",
    spec: { networkCIDR: "100.64.0.0/16", networking: { cilium: {} } },
    says: [
      [
        "nonMasqueradeCIDR",
        /^100\.64\.0\.0\/10 \(kOps's default\), the range of pods and services, overlaps with networkCIDR 100\.64\.0\.0\/16/,
        /write nonMasqueradeCIDR: 10\.0\.0\.0\/10, serviceClusterIPRange: 10\.0\.0\.0\/13$/,
      ],
      [
        "serviceClusterIPRange",
        /^100\.64\.0\.0\/13 \(kOps's default\), the range of services, overlaps with networkCIDR/,
      ],
    ],
  },
  {
    what: "a given range of pods and services in the VPC's",
    spec: spec({ nonMasqueradeCIDR: "10.0.0.0/9" }),
    says: [
      ["nonMasqueradeCIDR", /^10\.0\.0\.0\/9, the range/, /with networkCIDR 10\.20\.0\.0\/16/, /: 10\.128\.0\.0\/9$/],
    ],
  },
  {
    what: "a range of pods and services in one more range of the VPC",
    spec: spec({ additionalNetworkCIDRs: ["10.21.0.0/16", "100.66.0.0/16"] }),
    says: [
      ["nonMasqueradeCIDR", /additionalNetworkCIDRs\[1\] 100\.66\.0\.0\/16/],
      ["serviceClusterIPRange", /additionalNetworkCIDRs\[1\] 100\.66\.0\.0\/16/],
    ],
  },
  {
    what: "a range of the VPC that the manifest does not name",
    spec: spec(),
    around: { vpc: ["10.20.0.0/16", "100.100.0.0/16"] },
    says: [["nonMasqueradeCIDR", /overlaps with 100\.100\.0\.0\/16, a range of the VPC/]],
  },
  {
    what: "pods outside nonMasqueradeCIDR, which kOps refuses",
    spec: spec({ podCIDR: "10.96.0.0/12" }),
    says: [
      ["podCIDR", /^10\.96\.0\.0\/12 is not inside nonMasqueradeCIDR 100\.64\.0\.0\/10/, /podCIDR: 100\.96\.0\.0\/11$/],
    ],
  },
  {
    what: "services in the VPC, where no subnet is yet",
    spec: spec({ serviceClusterIPRange: "10.20.192.0/20" }),
    says: [["serviceClusterIPRange", /networkCIDR 10\.20\.0\.0\/16/, /serviceClusterIPRange: 100\.64\.0\.0\/20$/]],
  },
  {
    what: "services among the pods, whichever of them a packet would find",
    spec: spec({ serviceClusterIPRange: "100.96.0.0/16" }),
    says: [
      ["serviceClusterIPRange", /overlaps with podCIDR 100\.96\.0\.0\/11 \(kOps's default\)/, /: 100\.64\.0\.0\/16$/],
    ],
  },
  {
    what: "pods and services where a peer is",
    spec: spec(),
    around: { peers: { office: ["100.70.0.0/16"], bank: ["100.120.0.0/16"] } },
    says: [
      ["podCIDR", /overlaps with 100\.120\.0\.0\/16 of the peer bank/],
      ["serviceClusterIPRange", /overlaps with 100\.70\.0\.0\/16 of the peer office/],
    ],
  },
  {
    what: "services in the VPC although pods may be there",
    spec: spec({ ...amazonVpc, nonMasqueradeCIDR: "10.20.0.0/16", serviceClusterIPRange: "10.20.240.0/20" }),
    says: [["serviceClusterIPRange", /networkCIDR 10\.20\.0\.0\/16/, /: 100\.64\.0\.0\/20$/]],
  },
  {
    what: "two subnets in the same addresses, which AWS refuses halfway",
    spec: spec({
      subnets: [
        { name: "a", cidr: "10.20.0.0/18" },
        { name: "b", cidr: "10.20.32.0/19" },
      ],
    }),
    says: [
      ["subnets[1].cidr", /^10\.20\.32\.0\/19 of b overlaps with 10\.20\.0\.0\/18 of a/, /write 10\.20\.64\.0\/19$/],
    ],
  },
  {
    what: "two ranges of a VPC to be made in the same addresses",
    spec: spec({ additionalNetworkCIDRs: ["10.20.128.0/20"] }),
    says: [["additionalNetworkCIDRs[0]", /overlaps with networkCIDR 10\.20\.0\.0\/16/, /write 10\.0\.0\.0\/20$/]],
  },
  {
    what: "pods of two clusters whose routes are in the same tables",
    spec: spec({ networking: { kubenet: {} } }),
    around: { routed: { "k2.example.com": "100.96.0.0/11" } },
    says: [
      ["podCIDR", /overlaps with the pods of k2\.example\.com \(100\.96\.0\.0\/11\)/, /podCIDR: 100\.80\.0\.0\/12$/],
    ],
  },
];

const allowed: Omit<Case, "says">[] = [
  { what: "kOps's defaults in a private VPC", spec: spec() },
  { what: "nothing given at all", spec: {} },
  { what: "pods in the VPC with the Amazon VPC CNI", spec: spec({ ...amazonVpc, nonMasqueradeCIDR: "10.20.0.0/16" }) },
  {
    what: "pods in the VPC with Cilium's ENI mode",
    spec: spec({ ...eni, nonMasqueradeCIDR: "10.20.0.0/16", podCIDR: "10.20.128.0/17" }),
  },
  { what: "IPv6, whose range is all addresses", spec: spec({ nonMasqueradeCIDR: "::/0" }) },
  { what: "ranges given as addresses in them, as kOps reads them", spec: spec({ podCIDR: "100.96.0.1/11" }) },
  {
    what: "a VPC outside the private networks",
    spec: spec({
      networkCIDR: "100.64.0.0/16",
      nonMasqueradeCIDR: "10.0.0.0/10",
      serviceClusterIPRange: "10.0.0.0/13",
    }),
  },
  { what: "overlays of two clusters with the same pods", spec: spec(), around: { routed: { k2: "100.96.0.0/11" } } },
  {
    what: "an existing VPC whose ranges are what they are",
    spec: spec({ networkID: "vpc-1", additionalNetworkCIDRs: ["10.20.0.0/20"] }),
  },
  {
    what: "what is no range: kOps reports it",
    spec: spec({ podCIDR: "everywhere", subnets: [{ name: "a", cidr: 3 }] }),
  },
];

describe("ranges of pods, services and the VPC", () => {
  for (const { what, spec: given, around, says } of refused) {
    it(`are refused, with what to write: ${what}`, () => {
      const found = rangeProblems(given, around);
      expect(found.map(({ field }) => field)).to.deep.equal(says.map(([field]) => field));
      says.forEach(([, ...words], index) => {
        for (const word of words) expect(found[index]?.message).to.match(word);
      });
    });
  }

  for (const { what, spec: given, around } of allowed) {
    it(`are taken: ${what}`, () => {
      expect(rangeProblems(given, around)).to.deep.equal([]);
    });
  }

  it("can be taken nevertheless only where kOps and AWS take them", () => {
    const exempt = (given: Spec, around?: Surroundings) => rangeProblems(given, around).map((one) => one.exempt);
    expect(exempt(spec({ nonMasqueradeCIDR: "10.0.0.0/9" }))).to.deep.equal([false]);
    expect(exempt(spec({ podCIDR: "10.96.0.0/12" }))).to.deep.equal([false]);
    expect(exempt(spec({ serviceClusterIPRange: "100.96.0.0/16" }))).to.deep.equal([true]);
    expect(exempt(spec(), { vpc: ["100.100.0.0/16"] })).to.deep.equal([true]);
  });

  it("are accepted once written as proposed", () => {
    const block = fc
      .record({
        base: fc.constantFrom("10.0.0.0", "172.16.0.0", "192.168.0.0", "100.64.0.0", "10.128.0.0"),
        prefix: fc.integer({ min: 12, max: 24 }),
      })
      .map(({ base, prefix }) => `${base}/${prefix}`);
    fc.assert(
      fc.property(
        block,
        fc.option(block, { nil: undefined }),
        fc.option(block, { nil: undefined }),
        block,
        (vpc, all, services, peer) => {
          const given = {
            networkID: "vpc-1",
            networkCIDR: vpc,
            ...(all !== undefined && { nonMasqueradeCIDR: all }),
            ...(services !== undefined && { serviceClusterIPRange: services }),
            networking: { cilium: {} },
          };
          const around = { peers: { office: [peer] } };
          const [first] = rangeProblems(given, around);
          const proposed = Object.fromEntries(
            [...(first?.message ?? "").matchAll(/(nonMasqueradeCIDR|podCIDR|serviceClusterIPRange): (\S+?)(,|$)/g)].map(
              ([, field = "", range]) => [field, range],
            ),
          );
          expect(rangeProblems({ ...given, ...proposed }, around)).to.deep.equal([]);
        },
      ),
    );
  });
});

describe("a free range", () => {
  const block = (text: string): Block => parseBlock(text) ?? expect.fail(text);

  it("is the first of its size that overlaps with nothing", () => {
    const taken = ["10.0.0.0/16", "10.2.0.0/20"].map(block);
    expect(cidrText(freeRange(16, [block("10.0.0.0/14")], taken) ?? block("0.0.0.0/0"))).to.equal("10.1.0.0/16");
    expect(freeRange(8, [block("10.0.0.0/14")], taken)).to.equal(undefined);
  });

  it("never overlaps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 24 }), fc.integer({ min: 0, max: 15 }), (prefix, at) => {
        const taken = [block(`10.${at * 16}.0.0/12`)];
        const found = freeRange(prefix, [block("10.0.0.0/8")], taken);
        expect(found === undefined || !taken.some((one) => overlaps(one, found))).to.equal(true);
      }),
    );
  });
});
