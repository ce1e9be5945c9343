import { expect } from "chai";
import { resolveExisting, type FoundNetwork, type FoundSubnet } from "../../../components/network/existing/existing.ts";
import type { ExistingRequest } from "../../../components/network/existing/request.ts";

const zones = ["ap-southeast-2a"];
const request: ExistingRequest = { vpcId: "vpc-1", subnets: { private: { ids: ["p-a"] }, utility: { ids: ["u-a"] } } };
const byTags: ExistingRequest = {
  vpcId: "vpc-1",
  subnets: { private: { tags: { tier: "private" } }, utility: { tags: { tier: "public" } } },
};
const role = { private: "kubernetes.io/role/internal-elb", utility: "kubernetes.io/role/elb" };

interface Changes {
  /** Tags of all subnets. */
  tags?: Record<string, string>;
  vpc?: Partial<FoundNetwork["vpc"]>;
  more?: Partial<Pick<FoundNetwork, "private" | "utility">>;
}

const subnet = (kind: "private" | "utility", cidr: string, tags?: Record<string, string>): FoundSubnet => ({
  id: `${kind.slice(0, 1)}-a`,
  vpcId: "vpc-1",
  zone: "ap-southeast-2a",
  cidr,
  freeAddresses: 200,
  tags: tags ?? { [role[kind]]: "1" },
});

const found = ({ tags, vpc, more }: Changes): FoundNetwork => ({
  vpc: { id: "vpc-1", cidr: "10.40.0.0/16", secondaryCidrs: [], dnsSupport: true, dnsHostnames: true, ...vpc },
  private: [subnet("private", "10.40.1.0/24", tags)],
  utility: [subnet("utility", "10.40.2.0/24", tags)],
  tables: [
    { main: true, subnetIds: ["p-a"], defaultTarget: "nat-1" },
    { main: false, subnetIds: ["u-a"], defaultTarget: "igw-1" },
  ],
  ...more,
});

const textsOf = ({ problems }: ReturnType<typeof resolveExisting>) =>
  problems.map(({ path, message }) => `${path.map(String).join(".")} ${message}`);

describe("a network that another account shares", () => {
  const owner = "999999999999";
  const shared = { vpc: { owner } };
  const resolved = (request: ExistingRequest, changes: Changes = {}, account = "123456789012") =>
    resolveExisting(request, zones, found({ ...changes, vpc: { ...shared.vpc, ...changes.vpc } }), [], false, account);

  it("is known by its owner, and is none in the owner's account", () => {
    expect(resolved(request).network.sharedBy).to.equal(owner);
    expect(resolved(request).problems).to.deep.equal([]);
    expect(resolved(request, {}, owner).network).to.not.have.property("sharedBy");
    expect(resolveExisting(request, zones, found(shared)).network).to.not.have.property("sharedBy");
  });

  it("shows no tags of its owner: the participant's own, or none, are the way", () => {
    expect(textsOf(resolved(request, { tags: {} }))[0]).to.equal(
      "existing.subnets.private.ids.0 this account sees no tag kubernetes.io/role/internal-elb on p-a: the subnet is " +
        "shared by the account 999999999999, and each account sees its own tags alone. Write roleTags: own, which " +
        "adds it for this account, or ignore",
    );
    for (const roleTags of ["own", "ignore"] as const)
      expect(resolved({ ...request, roleTags }, { tags: {} }).problems).to.deep.equal([]);
  });

  it("cannot be found by its owner's tags", () => {
    const none = { private: [], utility: [] };
    expect(textsOf(resolved(byTags, { more: none }))[0]).to.equal(
      "existing.subnets.private there is no private subnet in ap-southeast-2a with tags of this account; those of " +
        "999999999999, which shares the VPC, are not seen here: give ids",
    );
  });

  it("is changed by its owner", () => {
    const [problem] = textsOf(resolved(request, { vpc: { dnsHostnames: false } }));
    expect(problem).to.contain("(aws ec2 modify-vpc-attribute by its owner, the account 999999999999)");
  });
});
