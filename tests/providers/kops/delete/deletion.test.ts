import { expect } from "chai";
import { refuseProtected } from "../../../../providers/kops/delete/delete.ts";
import { followDelete } from "../../../../providers/kops/delete/follow-delete.ts";
import { etcdIsLost } from "../../../../providers/kops/delete/recover-from-deletion.ts";
import { taggedSharedSubnets, undoingOf } from "../../../../providers/kops/aws/subnet-tags.ts";

const name = "k1.example.com";

describe("deletion protection", () => {
  it("holds by what Pulumi's state says, and by what the journal says", () => {
    expect(() => { refuseProtected({ name, deletionProtection: true }, undefined); }).to.throw("deletionProtection is true in Pulumi's state");
    expect(() => { refuseProtected({ name }, { deletionProtection: true }); }).to.throw("deletionProtection is true in the journal");
    expect(() => { refuseProtected({ name, deletionProtection: false }, { deletionProtection: false }); }).not.to.throw();
    expect(() => { refuseProtected({ name }, undefined); }).not.to.throw();
  });
});

describe("what kOps says while it deletes", () => {
  it("is told once: how many are gone, which are left, and why", () => {
    const said: string[] = [];
    const follow = followDelete({ say: (text) => said.push(text) });
    const round = [
      "security-group:sg-1\tstill has dependencies, will retry",
      "Not all resources deleted; waiting before reattempting deletion",
      "\tsecurity-group:sg-1",
      "\tvpc:vpc-1",
    ];
    for (const line of ["TYPE\tNAME\tID", "volume:vol-1\tok", ...round, ...round, "subnet:s-1\terror deleting resources, will retry: access denied", "security-group:sg-1\tok"]) follow(line);
    expect(said).to.deep.equal([
      "kOps retries security-group:sg-1: still has dependencies",
      "deleting: 1 gone, 2 left: security-group:sg-1, vpc:vpc-1",
      "kOps retries subnet:s-1: error deleting resources: access denied",
    ]);
  });
});

describe("tags of a shared subnet after a deletion", () => {
  const own = `kubernetes.io/cluster/${name}`;
  const cases: [string, Record<string, string>, Record<string, string>, string[], Record<string, string>][] = [
    ["that kOps added go, those of others stay", { Name: "a" }, { Name: "a", team: "x", [own]: "shared", "kubernetes.io/role/elb": "1", SubnetType: "Utility" }, [own, "kubernetes.io/role/elb", "SubnetType"], {}],
    ["that were there before stay", { "kubernetes.io/role/elb": "1" }, { "kubernetes.io/role/elb": "1", [own]: "shared" }, [own], {}],
    ["that kOps overwrote get their value back", { SubnetType: "edge" }, { SubnetType: "Utility" }, [], { SubnetType: "edge" }],
    ["that another cluster needs stay", {}, { [own]: "shared", "kubernetes.io/cluster/k2.example.com": "shared", "kubernetes.io/role/elb": "1" }, [own], {}],
    ["that somebody took away meanwhile are not put back", { SubnetType: "edge" }, {}, [], {}],
  ];
  for (const [title, before, now, remove, restore] of cases) {
    it(title, () => {
      const undoing = undoingOf(name, before, now);
      expect(undoing.remove).to.have.members(remove);
      expect(undoing.restore).to.deep.equal(restore);
    });
  }

  it("are noted of shared subnets only, and only while kOps is to tag", () => {
    const subnets = [{ name: "a", id: "subnet-1" }, { name: "b" }];
    expect(taggedSharedSubnets({ subnets })).to.deep.equal(["subnet-1"]);
    expect(taggedSharedSubnets({ subnets, DisableSubnetTags: true })).to.deep.equal([]);
    expect(taggedSharedSubnets({})).to.deep.equal([]);
  });
});

describe("a cluster that is wanted again in the middle of its deletion", () => {
  const members = (count: number): Record<string, unknown> => ({ etcdClusters: ["main", "events"].map((etcd) => ({ name: etcd, etcdMembers: Array.from({ length: count }, (_, index) => ({ name: String(index) })) })) });
  const volumes = (main: number, events: number): string[] => [...Array.from({ length: main }, (_, index) => `${index}.etcd-main.${name}`), ...Array.from({ length: events }, (_, index) => `${index}.etcd-events.${name}`)];
  for (const [title, count, there, lost] of [
    ["keeps its data while all volumes are there", 3, volumes(3, 3), false],
    ["keeps it while a quorum of each etcd cluster is there", 3, volumes(2, 2), false],
    ["has lost it when two of three are gone", 3, volumes(3, 1), true],
    ["has lost it when the only one is gone", 1, volumes(0, 1), true],
    ["has lost it when only another cluster's are there", 1, [`0.etcd-main.x.${name}.org`, `0.etcd-events.x.${name}.org`], true],
  ] as const) {
    it(title, () => {
      expect(etcdIsLost(name, members(count), there)).to.equal(lost);
    });
  }
});
