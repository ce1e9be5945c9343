import { expect } from "chai";
import fc from "fast-check";
import { allocateSubnets, planSubnets } from "../../../../components/network/index.ts";
import {
  cidrText,
  contains,
  isCidr,
  overlaps,
  parseBlock,
  sizeOf,
  type Block,
} from "../../../../providers/kops/model/cidr.ts";

const letters = ["a", "b", "c", "d", "e", "f", "g"];
const prefix = fc.integer({ min: 16, max: 22 });
/** Any aligned private VPC that is large enough for its subnets. */
const vpc = fc
  .tuple(
    fc.constantFrom(
      { base: 10 * 2 ** 24, bits: 8 },
      { base: (172 * 256 + 16) * 2 ** 16, bits: 12 },
      { base: (192 * 256 + 168) * 2 ** 16, bits: 16 },
    ),
    prefix,
    fc.nat(),
  )
  .map(([range, size, random]) => {
    const slots = 2 ** (size - range.bits);
    return { base: range.base + (random % slots) * sizeOf({ base: 0, prefix: size }), prefix: size };
  });
const zones = fc
  .shuffledSubarray(letters, { minLength: 1 })
  .map((chosen) => chosen.map((letter) => `us-east-1${letter}`));

function block(cidr: string): Block {
  const parsed = parseBlock(cidr);
  if (!parsed) throw new Error(`no CIDR: ${cidr}`);
  return parsed;
}

describe("subnet allocation", () => {
  it("puts every subnet inside the VPC, without overlaps", () => {
    fc.assert(
      fc.property(vpc, zones, (network, chosen) => {
        const blocks = allocateSubnets({ vpcCidr: cidrText(network), zones: chosen }).flatMap((zone) => [
          block(zone.privateCidr ?? "none"),
          block(zone.utilityCidr),
        ]);
        expect(blocks).to.have.length(chosen.length * 2);
        for (const [index, one] of blocks.entries()) {
          expect(contains(network, one)).to.be.true;
          for (const other of blocks.slice(index + 1))
            expect(overlaps(one, other), `${cidrText(one)} ${cidrText(other)}`).to.be.false;
        }
      }),
    );
  });

  it("moves no subnet when zones are added, removed or reordered", () => {
    fc.assert(
      fc.property(vpc, zones, zones, (network, before, after) => {
        const then = new Map(
          allocateSubnets({ vpcCidr: cidrText(network), zones: before }).map((zone) => [zone.zone, zone]),
        );
        for (const now of allocateSubnets({ vpcCidr: cidrText(network), zones: after })) {
          const earlier = then.get(now.zone);
          if (earlier) expect(now).to.deep.equal(earlier);
        }
      }),
    );
  });

  it("moves no subnet when zones are added or removed beside given ranges", () => {
    const slots = fc.dictionary(
      fc.constantFrom(...letters),
      fc.record({
        private: fc.option(fc.nat(7), { nil: undefined }),
        utility: fc.option(fc.nat(63), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(vpc, zones, zones, slots, (network, before, after, chosen) => {
        const at = (slot: number | undefined, bits: number): string | undefined =>
          slot === undefined
            ? undefined
            : cidrText({
                base: network.base + slot * sizeOf({ base: 0, prefix: network.prefix + bits }),
                prefix: network.prefix + bits,
              });
        const plan = (desired: string[]) => {
          const given = Object.fromEntries(
            Object.entries(chosen)
              .map(
                ([letter, { private: nodes, utility }]) =>
                  [`us-east-1${letter}`, { private: at(nodes, 3), utility: at(utility, 6) }] as const,
              )
              .filter(([zone]) => desired.includes(zone)),
          );
          return planSubnets({ vpcCidr: cidrText(network), zones: desired, given });
        };
        const [then, now] = [plan(before), plan(after)];
        // An overlap is refused, so it moves nothing either.
        if (then.problems.length > 0 || now.problems.length > 0) return;
        for (const subnet of now.subnets) {
          const earlier = then.subnets.find(({ zone }) => zone === subnet.zone);
          if (earlier) expect(subnet).to.deep.equal(earlier);
        }
      }),
    );
  });

  it("gives private subnets 1/8 of the VPC and utility subnets 1/64, never less than AWS's minimum", () => {
    fc.assert(
      fc.property(vpc, zones, (network, chosen) => {
        for (const zone of allocateSubnets({ vpcCidr: cidrText(network), zones: chosen })) {
          expect(block(zone.privateCidr ?? "none").prefix).to.equal(network.prefix + 3);
          expect(block(zone.utilityCidr).prefix)
            .to.equal(network.prefix + 6)
            .and.to.be.at.most(28);
        }
      }),
    );
  });

  it("omits private subnets in the public topology, and keeps the utility subnets in place", () => {
    fc.assert(
      fc.property(vpc, zones, (network, chosen) => {
        const request = { vpcCidr: cidrText(network), zones: chosen };
        const before = allocateSubnets({ ...request, topology: "public" });
        expect(before).to.deep.equal(allocateSubnets(request).map(({ zone, utilityCidr }) => ({ zone, utilityCidr })));
      }),
    );
  });

  it("keeps the order of the zones", () => {
    fc.assert(
      fc.property(zones, (chosen) => {
        expect(allocateSubnets({ vpcCidr: "10.0.0.0/16", zones: chosen }).map(({ zone }) => zone)).to.deep.equal(
          chosen,
        );
      }),
    );
  });

  it("uses given ranges and computes the rest", () => {
    const subnets = allocateSubnets({
      vpcCidr: "10.0.0.0/16",
      zones: ["us-east-1a", "us-east-1b"],
      given: { "us-east-1b": { private: "10.0.128.0/18" } },
    });
    expect(subnets).to.deep.equal([
      { zone: "us-east-1a", privateCidr: "10.0.0.0/19", utilityCidr: "10.0.224.0/22" },
      { zone: "us-east-1b", privateCidr: "10.0.128.0/18", utilityCidr: "10.0.228.0/22" },
    ]);
  });

  const wrong: [string, Parameters<typeof planSubnets>[0], string, RegExp][] = [
    ["a VPC that is not a CIDR", { vpcCidr: "10.0.0.0", zones: ["us-east-1a"] }, "cidr", /not an IPv4 CIDR/],
    ["a VPC with host bits", { vpcCidr: "10.0.1.0/16", zones: ["us-east-1a"] }, "cidr", /not an IPv4 CIDR/],
    ["a public VPC", { vpcCidr: "8.0.0.0/16", zones: ["us-east-1a"] }, "cidr", /not private/],
    ["a VPC that is too large", { vpcCidr: "10.0.0.0/12", zones: ["us-east-1a"] }, "cidr", /wrong size: \/16 to \/22/],
    ["a VPC that is too small", { vpcCidr: "10.0.0.0/24", zones: ["us-east-1a"] }, "cidr", /wrong size: \/16 to \/22/],
    ["a zone listed twice", { vpcCidr: "10.0.0.0/16", zones: ["us-east-1a", "us-east-1a"] }, "zones.1", /listed twice/],
    ["a zone without a letter", { vpcCidr: "10.0.0.0/16", zones: ["us-east-1"] }, "zones.0", /must end in a letter/],
    [
      "a given range outside the VPC",
      { vpcCidr: "10.0.0.0/16", zones: ["us-east-1a"], given: { "us-east-1a": { private: "10.1.0.0/19" } } },
      "subnets.us-east-1a.private",
      /not inside/,
    ],
    [
      "a given range that AWS refuses",
      { vpcCidr: "10.0.0.0/16", zones: ["us-east-1a"], given: { "us-east-1a": { utility: "10.0.0.0/29" } } },
      "subnets.us-east-1a.utility",
      /too small/,
    ],
    [
      "a given range that overlaps a computed one",
      {
        vpcCidr: "10.0.0.0/16",
        zones: ["us-east-1a", "us-east-1b"],
        given: { "us-east-1b": { private: "10.0.16.0/20" } },
      },
      "subnets.us-east-1b.private",
      /overlap/,
    ],
    [
      "a private range in the public topology",
      {
        vpcCidr: "10.0.0.0/16",
        zones: ["us-east-1a"],
        topology: "public",
        given: { "us-east-1a": { private: "10.0.0.0/19" } },
      },
      "subnets.us-east-1a.private",
      /no private subnets/,
    ],
    [
      "a range for an unknown zone",
      { vpcCidr: "10.0.0.0/16", zones: ["us-east-1a"], given: { "us-east-1b": {} } },
      "subnets.us-east-1b",
      /not one of the zones/,
    ],
  ];
  for (const [what, request, path, message] of wrong) {
    it(`refuses ${what}`, () => {
      const { problems } = planSubnets(request);
      expect(problems).to.have.length(1);
      expect(problems[0]?.path.join(".")).to.equal(path);
      expect(problems[0]?.message).to.match(message);
      expect(() => allocateSubnets(request)).to.throw(RangeError, message);
    });
  }
});

describe("isCidr", () => {
  const table: [string, boolean][] = [
    ["10.0.0.0/8", true],
    ["10.0.0.1/32", true],
    ["10.0.0.1/8", false],
    ["10.0.0/8", false],
    ["10.0.0.0", false],
    ["0x0a.0.0.0/8", false],
    ["2001:db8::/32", true],
    ["2001:db8::1/32", false],
    ["::/0", true],
    ["nonsense", false],
  ];
  for (const [text, valid] of table)
    it(`${valid ? "accepts" : "refuses"} ${text}`, () => expect(isCidr(text)).to.equal(valid));
});
