import {
  AssociateRouteTableCommand,
  AssociateVpcCidrBlockCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { inventory } from "../e2e/inventory.ts";
import { makeForeignNetwork, tagsOn } from "../e2e/network/foreign.ts";
import { makeNetworkCheckout, region, zonesOf } from "../e2e/network/index.ts";
import type { NetworkCheckout } from "../e2e/network/index.ts";
import { counts, unchanged } from "../e2e/summary.ts";

describe("an existing network in use", function () {
  this.timeout(10 * 60_000);
  let net: NetworkCheckout;

  before(async () => {
    net = await makeNetworkCheckout();
  });
  after(() => net.remove());

  it("is used by ids or tags; only role tags are added, and removed again, and others' tags stay", async () => {
    const foreign = await makeForeignNetwork(net.ec2, { name: "shared", prefix: "10.60", zones: "ab" });
    const all = [...Object.values(foreign.private), ...Object.values(foreign.utility)];
    await net.ec2.send(new CreateTagsCommand({ Resources: all, Tags: [{ Key: "cost-center", Value: "42" }] }));
    const [initial, tags] = [await inventory(net.endpoint), await tagsOn(net.ec2, all)];
    const byIds = {
      vpcId: foreign.vpcId,
      subnets: { private: { ids: Object.values(foreign.private) }, utility: { ids: Object.values(foreign.utility) } },
      roleTags: "own",
    } as const;
    const byTags = {
      tags: { Name: "shared" },
      subnets: { private: { tags: { tier: "private" } }, utility: { tags: { tier: "public" } } },
      roleTags: "own",
    } as const;

    await net.declare({ zones: zonesOf("ab"), existing: byIds });
    expect(counts((await net.up()).output)).to.deep.equal(["created"]);
    expect(await inventory(net.endpoint)).to.deep.equal(initial);
    const role = (kind: "elb" | "internal-elb"): Record<string, string> => ({ [`kubernetes.io/role/${kind}`]: "1" });
    const tagged = await tagsOn(net.ec2, all);
    for (const id of Object.values(foreign.private))
      expect(tagged[id]).to.deep.equal({ ...tags[id], ...role("internal-elb") });
    for (const id of Object.values(foreign.utility)) expect(tagged[id]).to.deep.equal({ ...tags[id], ...role("elb") });
    expect((await net.up()).output).to.match(unchanged);

    await net.ec2.send(
      new CreateTagsCommand({ Resources: all, Tags: [{ Key: "elbv2.k8s.aws/cluster", Value: "k1" }] }),
    );
    await net.declare({ zones: zonesOf("ab"), existing: byTags });
    expect((await net.up("--refresh")).output).to.match(unchanged);
    expect((await net.refresh()).output).to.match(unchanged);

    // Removing a zone removes only the role tags of its subnets.
    await net.declare({ zones: zonesOf("a"), existing: byTags });
    expect(counts((await net.preview()).output)).to.deep.equal(["delete"]);
    await net.up();
    expect((await tagsOn(net.ec2, all))[foreign.private["b"] ?? ""]).to.not.have.any.keys(
      "kubernetes.io/role/internal-elb",
    );
    await net.destroy();
    expect(await inventory(net.endpoint)).to.deep.equal(initial);
    expect(await tagsOn(net.ec2, all)).to.deep.equal(
      Object.fromEntries(Object.entries(tags).map(([id, own]) => [id, { ...own, "elbv2.k8s.aws/cluster": "k1" }])),
    );
  });

  it("can have its subnets in secondary ranges of the VPC, which the outputs name", async () => {
    const foreign = await makeForeignNetwork(net.ec2, { name: "ranged", prefix: "10.62", zones: "a" });
    await net.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: foreign.vpcId, CidrBlock: "10.63.0.0/16" }));
    const { Subnet: nodes } = await net.ec2.send(
      new CreateSubnetCommand({ VpcId: foreign.vpcId, AvailabilityZone: `${region}a`, CidrBlock: "10.63.1.0/24" }),
    );
    await net.ec2.send(
      new AssociateRouteTableCommand({ SubnetId: nodes?.SubnetId, RouteTableId: foreign.privateTable }),
    );
    await net.declare({
      zones: zonesOf("a"),
      existing: {
        vpcId: foreign.vpcId,
        subnets: { private: { ids: [nodes?.SubnetId ?? ""] }, utility: { ids: Object.values(foreign.utility) } },
        roleTags: "ignore",
      },
    });
    await net.up();
    const output = async (name: string): Promise<unknown> =>
      JSON.parse((await net.local("pulumi", "stack", "output", name, "--json", "--stack", "sbx")).output);
    expect([await output("vpcCidr"), await output("secondaryCidrs")]).to.deep.equal(["10.62.0.0/16", ["10.63.0.0/16"]]);
    await net.destroy();
  });
});
