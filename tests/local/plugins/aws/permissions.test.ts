import { expect } from "chai";
import {
  fromArguments,
  fromAws,
  observedRules,
  permissionDelta,
  toAws,
} from "../../../../local/plugins/aws/resources/ec2/permissions.ts";

const self = "sg-self";
const written = [
  {
    protocol: "TCP",
    fromPort: 443,
    toPort: 443,
    cidrBlocks: ["10.0.0.0/8", "192.168.0.0/16"],
    self: true,
    description: "in",
  },
  {
    protocol: "all",
    fromPort: 1,
    toPort: 2,
    securityGroups: ["sg-other"],
    ipv6CidrBlocks: ["::/0"],
    prefixListIds: ["pl-1"],
  },
];

describe("the rules of a security group", () => {
  it("are the same after a round trip through AWS", () => {
    const permissions = fromArguments(written, self);
    expect(fromAws(permissions.map(toAws))).to.deep.equal(permissions);
    expect(permissions).to.have.length(6);
  });

  it("keep the program's grouping as long as they mean the same", () => {
    const permissions = fromArguments(written, self);
    expect(observedRules(permissions.toReversed(), { ingress: written }, "ingress", self)).to.deep.equal(written);
  });

  it("have AWS's grouping after someone else changed them", () => {
    const [first, ...others] = fromArguments(written, self);
    expect(first).to.include({ peer: "10.0.0.0/8" });
    const [web] = observedRules(others, { ingress: written }, "ingress", self);
    expect(web).to.deep.equal({
      cidrBlocks: ["192.168.0.0/16"],
      description: "in",
      fromPort: 443,
      ipv6CidrBlocks: [],
      prefixListIds: [],
      protocol: "tcp",
      securityGroups: [],
      self: true,
      toPort: 443,
    });
  });

  it("change one by one", () => {
    const [one, two, ...others] = fromArguments(written, self);
    if (one === undefined || two === undefined) throw new Error("the fixture has rules");
    expect(permissionDelta([one, ...others], [two, ...others])).to.deep.equal({ add: [two], remove: [one] });
  });
});
