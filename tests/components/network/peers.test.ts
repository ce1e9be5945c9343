import { expect } from "chai";
import fc from "fast-check";
import { cidrText, overlaps, parseBlock, sizeOf } from "../../../providers/kops/model/cidr.ts";
import { peerProblems, type PeerRequest } from "../../../components/network/peers.ts";

const peer = (changes: Partial<PeerRequest> = {}): PeerRequest => ({
  vpcId: "vpc-1",
  cidrs: ["10.30.0.0/16"],
  ...changes,
});
const role = "arn:aws:iam::210987654321:role/peering";

describe("peers of a network", () => {
  const good: [string, Record<string, PeerRequest>][] = [
    ["next to the network", { a: peer() }],
    ["with several ranges", { a: peer({ cidrs: ["10.30.0.0/16", "192.168.0.0/24"] }) }],
    ["two with separate ranges", { a: peer(), b: peer({ vpcId: "vpc-2", cidrs: ["10.31.0.0/16"] }) }],
    ["in another account without a role there", { a: peer({ accountId: "210987654321" }) }],
    [
      "in another account with a role",
      { a: peer({ accountId: "210987654321", roleArn: role, routeTableIds: ["rtb-1"] }) },
    ],
  ];
  for (const [what, peers] of good)
    it(`are accepted: ${what}`, () => {
      expect(peerProblems(["10.20.0.0/16"], peers)).to.deep.equal([]);
    });

  it("are refused if they overlap a further range of the network", () => {
    expect(
      peerProblems(["10.20.0.0/16", "10.30.128.0/20"], { a: peer() }).map(({ path, message }) => [
        path.join("."),
        message,
      ]),
    ).to.deep.equal([["peerings.a.cidrs.0", "10.30.0.0/16 overlaps with this network (10.30.128.0/20)"]]);
  });

  it("are refused exactly if two ranges, of this network or any peer, share an address", () => {
    const range = fc.tuple(fc.integer({ min: 12, max: 24 }), fc.nat({ max: 2 ** 24 - 1 })).map(([prefix, offset]) => {
      const size = sizeOf({ base: 0, prefix });
      return cidrText({ base: 10 * 2 ** 24 + Math.floor(offset / size) * size, prefix });
    });
    fc.assert(
      fc.property(range, fc.array(fc.array(range, { minLength: 1, maxLength: 3 }), { maxLength: 4 }), (vpc, ranges) => {
        const blocks = [vpc, ...ranges.flat()].flatMap((cidr) => parseBlock(cidr) ?? []);
        const clash = blocks.some((one, index) => blocks.slice(index + 1).some((other) => overlaps(one, other)));
        const peers = Object.fromEntries(
          ranges.map((cidrs, index) => [`p${index}`, peer({ vpcId: `vpc-${index}`, cidrs })]),
        );
        expect(peerProblems([vpc], peers).length > 0).to.equal(clash);
      }),
    );
  });

  const wrong: [string, Record<string, PeerRequest>, string, RegExp][] = [
    [
      "inside the network",
      { a: peer({ cidrs: ["10.20.128.0/20"] }) },
      "peerings.a.cidrs.0",
      /10\.20\.128\.0\/20 overlaps with this network/,
    ],
    ["around the network", { a: peer({ cidrs: ["10.0.0.0/8"] }) }, "peerings.a.cidrs.0", /overlaps with this network/],
    [
      "overlapping the pod range",
      { a: peer({ cidrs: ["100.80.0.0/16"] }) },
      "peerings.a.cidrs.0",
      /overlaps with the addresses of pods/,
    ],
    [
      "overlapping each other",
      { a: peer(), b: peer({ vpcId: "vpc-2", cidrs: ["10.30.1.0/24"] }) },
      "peerings.b.cidrs.0",
      /overlaps with the peer a/,
    ],
    [
      "a prefix list, whose ranges may change",
      { a: peer({ cidrs: ["pl-0123456789abcdef0"] }) },
      "peerings.a.cidrs.0",
      /is a prefix list: its ranges may change/,
    ],
    [
      "with overlapping ranges of their own",
      { a: peer({ cidrs: ["10.30.0.0/16", "10.30.0.0/16"] }) },
      "peerings.a.cidrs.1",
      /overlaps with the peer a/,
    ],
    ["with an invalid range", { a: peer({ cidrs: ["10.30.0.1/16"] }) }, "peerings.a.cidrs.0", /not an IPv4 CIDR/],
    ["without a range", { a: peer({ cidrs: [] }) }, "peerings.a.cidrs", /at least one/],
    [
      "with a duplicate VPC",
      { a: peer(), b: peer({ cidrs: ["10.31.0.0/16"] }) },
      "peerings.b.vpcId",
      /already the peer a/,
    ],
    [
      "with a duplicate route table",
      { a: peer({ routeTableIds: ["rtb-1", "rtb-1"] }) },
      "peerings.a.routeTableIds.1",
      /listed twice/,
    ],
    [
      "with routes in an account without a role",
      { a: peer({ accountId: "210987654321", routeTableIds: ["rtb-1"] }) },
      "peerings.a.routeTableIds",
      /give roleArn/,
    ],
    [
      "with a role of a third account",
      { a: peer({ accountId: "111111111111", roleArn: role }) },
      "peerings.a.roleArn",
      /account 210987654321, but accountId is 111111111111/,
    ],
    ["with a role but no account", { a: peer({ roleArn: role }) }, "peerings.a.roleArn", /accountId is not given/],
  ];
  for (const [what, peers, path, message] of wrong) {
    it(`are refused: ${what}`, () => {
      const problems = peerProblems(["10.20.0.0/16"], peers);
      expect(problems).to.have.length(1);
      expect(problems[0]?.path.join(".")).to.equal(path);
      expect(problems[0]?.message).to.match(message);
    });
  }
});
