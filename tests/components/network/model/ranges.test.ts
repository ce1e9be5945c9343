import { expect } from "chai";
import fc from "fast-check";
import { cidrText, overlaps, parseBlock, sizeOf } from "../../../../providers/kops/model/cidr.ts";
import { secondaryProblems } from "../../../../components/network/model/ranges.ts";

describe("further ranges of a network", () => {
  const good: [string, string, string[]][] = [
    ["next to the first", "10.20.0.0/16", ["10.21.0.0/16", "10.22.0.0/28"]],
    ["four ranges", "10.20.0.0/16", ["10.21.0.0/16", "10.22.0.0/16", "10.23.0.0/16", "10.24.0.0/16"]],
    ["far from 10.0.0.0/16", "10.20.0.0/16", ["10.0.0.0/16"]],
    ["near 10.1.0.0/16", "10.0.0.0/16", ["10.1.0.0/16"]],
    ["from the other private networks", "172.20.0.0/16", ["172.16.0.0/16", "172.30.0.0/20"]],
    ["around the first in the smallest network", "192.168.0.0/20", ["192.168.16.0/20"]],
  ];
  for (const [what, vpc, cidrs] of good)
    it(`are accepted: ${what}`, () => {
      expect(secondaryProblems(vpc, cidrs)).to.deep.equal([]);
    });

  const wrong: [string, string, string[], string, RegExp][] = [
    ["invalid ranges", "10.20.0.0/16", ["10.21.0.1/16"], "secondaryCidrs.0", /not an IPv4 CIDR/],
    ["too large", "10.20.0.0/16", ["10.32.0.0/12"], "secondaryCidrs.0", /wrong size: \/16 to \/28/],
    ["too small", "10.20.0.0/16", ["10.21.0.0/29"], "secondaryCidrs.0", /wrong size/],
    [
      "five ranges",
      "10.20.0.0/16",
      ["10.21.0.0/16", "10.22.0.0/16", "10.23.0.0/16", "10.24.0.0/16", "10.25.0.0/16"],
      "secondaryCidrs",
      /lists 5 ranges: AWS allows 4/,
    ],
    [
      "inside the first",
      "10.20.0.0/16",
      ["10.20.64.0/20"],
      "secondaryCidrs.0",
      /overlaps with the first range of the VPC \(10\.20\.0\.0\/16\)/,
    ],
    [
      "overlapping each other",
      "10.20.0.0/16",
      ["10.21.0.0/16", "10.21.64.0/20"],
      "secondaryCidrs.1",
      /overlaps with secondaryCidrs\[0\] \(10\.21\.0\.0\/16\)/,
    ],
    [
      "a duplicate",
      "10.20.0.0/16",
      ["10.21.0.0/16", "10.21.0.0/16"],
      "secondaryCidrs.1",
      /overlaps with secondaryCidrs\[0\]/,
    ],
    [
      "overlapping the pod range",
      "10.20.0.0/16",
      ["100.64.0.0/16"],
      "secondaryCidrs.0",
      /overlaps with the addresses of pods and services/,
    ],
    [
      "from another private network",
      "10.20.0.0/16",
      ["192.168.0.0/16"],
      "secondaryCidrs.0",
      /is not inside 10\.0\.0\.0\/8/,
    ],
    ["from the internet", "172.16.0.0/16", ["8.8.0.0/16"], "secondaryCidrs.0", /is not inside 172\.16\.0\.0\/12/],
    ["from default VPCs", "172.16.0.0/16", ["172.31.32.0/20"], "secondaryCidrs.0", /AWS reserves for default VPCs/],
    [
      "near 10.0.0.0/16 as first range",
      "10.1.0.0/16",
      ["10.0.0.0/16"],
      "secondaryCidrs.0",
      /is in 10\.0\.0\.0\/16, and AWS allows nothing of that beside 10\.1\.0\.0\/16/,
    ],
    [
      "near 10.0.0.0/16 as later range",
      "10.20.0.0/16",
      ["10.0.0.0/20", "10.1.0.0/16"],
      "secondaryCidrs.0",
      /nothing of that beside 10\.1\.0\.0\/16/,
    ],
  ];
  for (const [what, vpc, cidrs, path, message] of wrong) {
    it(`are refused: ${what}`, () => {
      const problems = secondaryProblems(vpc, cidrs);
      expect(problems.map((problem) => problem.path.join("."))).to.deep.equal([path]);
      expect(problems[0]?.message).to.match(message);
    });
  }

  it("are refused exactly if two of them, or one and the first, share an address", () => {
    const range = fc.tuple(fc.integer({ min: 16, max: 28 }), fc.nat({ max: 2 ** 20 - 1 })).map(([prefix, offset]) => {
      const size = sizeOf({ base: 0, prefix });
      return cidrText({ base: 10 * 2 ** 24 + 2 ** 22 + Math.floor(offset / size) * size, prefix });
    });
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 4 }), (vpc, cidrs) => {
        const blocks = [vpc, ...cidrs].flatMap((cidr) => parseBlock(cidr) ?? []);
        const clash = blocks.some((one, index) => blocks.slice(index + 1).some((other) => overlaps(one, other)));
        expect(secondaryProblems(vpc, cidrs).length > 0).to.equal(clash);
      }),
    );
  });
});
