import { expect } from "chai";
import { zoneChange } from "../../../components/dns/zone-changes.ts";

describe("a hosted zone made before", () => {
  const before = { name: "a.internal", private: true, vpcIds: ["vpc-1"], associated: false };
  const desired = { name: "a.internal", private: true, vpcId: "vpc-1" };

  for (const [what, was, now, change] of [
    ["stays with the VPC that it was made with", before, desired, { replaced: false, associated: false }],
    ["that is new needs nothing", undefined, desired, { replaced: false, associated: false }],
    [
      "is associated with a VPC that replaces its first",
      before,
      { ...desired, vpcId: undefined },
      { replaced: false, associated: true },
    ],
    [
      "is associated with an existing VPC that it was not made with",
      before,
      { ...desired, vpcId: "vpc-2" },
      { replaced: false, associated: true },
    ],
    [
      "keeps the association, also when a refresh has shown the new VPC",
      { ...before, vpcIds: ["vpc-1", "vpc-2"], associated: true },
      { ...desired, vpcId: "vpc-2" },
      { replaced: false, associated: true },
    ],
    [
      "is replaced for another name, with the VPC of now",
      before,
      { ...desired, name: "b.internal", vpcId: undefined },
      { replaced: true, associated: false },
    ],
    ["is replaced to become public", before, { ...desired, private: false }, { replaced: true, associated: false }],
    [
      "is replaced to become private",
      { ...before, private: false, vpcIds: [] },
      desired,
      { replaced: true, associated: false },
    ],
    [
      "that is public needs no VPC",
      { ...before, private: false, vpcIds: [] },
      { ...desired, private: false },
      { replaced: false, associated: false },
    ],
  ] as const) {
    it(what, () => {
      expect(zoneChange(was, now)).to.deep.equal(change);
    });
  }
});
