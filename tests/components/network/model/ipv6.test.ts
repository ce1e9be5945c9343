import { expect } from "chai";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { isCidr } from "../../../../providers/kops/model/cidr.ts";
import { ipv6Subnet } from "../../../../components/network/model/ipv6.ts";

const kinds = ["private", "utility"] as const;
const letters = ["a", "b", "c", "d", "e", "f", "g"];
/** Any /56, in any of its spellings. */
const vpc = fc
  .tuple(
    fc.array(fc.nat(0xffff), { minLength: 3, maxLength: 3 }),
    fc.nat(0xff),
    fc.constantFrom("short", "long", "capital"),
  )
  .map(([groups, last, form]) => {
    const address = new ipaddr.IPv6([...groups, last * 256, 0, 0, 0, 0]);
    const text = form === "short" ? address.toString() : address.toNormalizedString();
    return `${form === "capital" ? text.toUpperCase() : text}/56`;
  });
const subnet = fc.record({
  kind: fc.constantFrom(...kinds),
  zone: fc.constantFrom(...letters).map((letter) => `us-east-1${letter}`),
});

describe("IPv6 ranges of subnets", () => {
  it("are /64 without host bits inside the VPC's /56, in AWS's short form", () => {
    fc.assert(
      fc.property(vpc, subnet, (range, { kind, zone }) => {
        const cidr = ipv6Subnet(range, kind, zone);
        const [address, prefix] = ipaddr.IPv6.parseCIDR(cidr);
        expect(prefix).to.equal(64);
        expect(isCidr(cidr), cidr).to.be.true;
        expect(address.match(ipaddr.IPv6.parseCIDR(range)), `${cidr} in ${range}`).to.be.true;
        expect(cidr).to.equal(`${address.toRFC5952String()}/64`);
      }),
    );
  });

  it("never coincide for two subnets", () => {
    fc.assert(
      fc.property(vpc, (range) => {
        const all = kinds.flatMap((kind) => letters.map((letter) => ipv6Subnet(range, kind, `us-east-1${letter}`)));
        expect(new Set(all).size).to.equal(all.length);
      }),
    );
  });

  it("depend on the subnet's kind and zone letter, in every region", () => {
    fc.assert(
      fc.property(vpc, subnet, (range, { kind, zone }) => {
        const [{ parts }] = ipaddr.IPv6.parseCIDR(ipv6Subnet(range, kind, zone));
        expect((parts[3] ?? 0) % 256).to.equal((kind === "private" ? 0 : 16) + letters.indexOf(zone.slice(-1)));
        expect(ipv6Subnet(range, kind, zone.replace("us-east-1", "ap-southeast-2"))).to.equal(
          ipv6Subnet(range, kind, zone),
        );
      }),
    );
  });

  const table: [string, "private" | "utility", string, string][] = [
    ["2406:da1c:7:ab00::/56", "private", "ap-southeast-2a", "2406:da1c:7:ab00::/64"],
    ["2406:da1c:7:ab00::/56", "private", "ap-southeast-2c", "2406:da1c:7:ab02::/64"],
    ["2406:da1c:7:ab00::/56", "utility", "ap-southeast-2a", "2406:da1c:7:ab10::/64"],
    ["2406:da1c:0007:0b00::/56", "utility", "ap-southeast-2g", "2406:da1c:7:b16::/64"],
  ];
  for (const [range, kind, zone, cidr] of table)
    it(`of ${range} include ${cidr} for the ${kind} subnet of ${zone}`, () => {
      expect(ipv6Subnet(range, kind, zone)).to.equal(cidr);
    });

  for (const [what, range] of [
    ["an invalid range", ""],
    ["a range of another size", "2406:da1c:7:ab00::/60"],
    ["an IPv4 range", "10.20.0.0/16"],
  ] as const) {
    it(`are refused for ${what}, with the next step`, () => {
      expect(() => ipv6Subnet(range, "private", "us-east-1a"))
        .to.throw(`The VPC has the IPv6 range "${range}"`)
        .and.to.have.property("message")
        .that.includes("pulumi up --refresh");
    });
  }
});
