import { DescribeLaunchTemplateVersionsCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { inventory } from "../e2e/inventory.ts";
import { zonesOf } from "../e2e/network/index.ts";
import { counts, unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

describe("a growing environment", function () {
  this.timeout(20 * 60_000);
  let whole: WholeCheckout;

  before(async () => {
    whole = await makeWholeCheckout();
    await config("ab");
    // k1 names its zones; k2 below does not and uses new ones.
    await whole.write("clusters/sbx/k1.yaml", smallCluster("k1", `zones: [${zonesOf("ab").join()}]\n${nodes}`));
    await whole.pulumi("up", "sbx");
  });
  after(() => whole.remove());

  const nodes = "nodeGroups:\n  nodes: { machineType: t3.large, count: 2 }\n";
  const config = (zones: string, ipv6 = false): Promise<void> =>
    whole.stack("sbx", {
      network: { zones: zonesOf(zones), nat: "single", ipv6 },
      dns: { type: "private", name: "sbx.pilot.internal" },
      sandbox: true,
      stateStore: { onDestroy: "purge" },
    });
  const expectNoChanges = async (): Promise<void> => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  };

  it("gains a cluster with additions only, in preview and up", async () => {
    await whole.write("clusters/sbx/k2.yaml", smallCluster("k2", nodes));
    expect(counts((await whole.pulumi("preview", "sbx")).output)).to.deep.equal(["create"]);
    const before = await whole.instances();
    expect(counts((await whole.pulumi("up", "sbx")).output)).to.deep.equal(["created"]);
    expect(await whole.instances()).to.deep.include(before);
  });

  it("gains a node group with additions only in AWS, without a roll or a replaced node", async () => {
    await whole.edit("clusters/sbx/k1.yaml", nodes, `${nodes}  more: { machineType: t3.xlarge, count: 1 }\n`);
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output)
      .to.match(/create \d+: .*AutoscalingGroup\/more/)
      .and.to.contain("no node rolls");
    expect(output).to.not.match(/plan: modify|delete \d+:|prune after/);
    expect(counts(output)).to.deep.equal(["update"]);
    const before = await whole.instances();
    await whole.pulumi("up", "sbx");
    expect(await whole.instances()).to.deep.include(before);
    await expectNoChanges();
  });

  it("gains a zone by additions: clusters that name zones keep theirs, others get subnets without a roll", async () => {
    await config("abc");
    const { output } = await whole.pulumi("preview", "sbx");
    expect(counts(output)).to.deep.equal(["create", "update"]);
    // The one update is k2, whose future nodes may use the zone.
    expect(output).to.match(/~ 1 to update/);
    // kOps cannot be asked about a subnet that has no id yet.
    expect(output).to.match(/\[k2\S*\] plan: .* cannot be told before this is known: cluster\.subnets\[\d\]\.id/);
    const before = await whole.instances();
    const up = await whole.pulumi("up", "sbx");
    expect(counts(up.output)).to.deep.equal(["created", "updated"]);
    expect(await whole.instances()).to.deep.equal(before);
    await expectNoChanges();
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(unchanged);
  });

  it("gains IPv6 without a change to clusters or nodes, and kOps leaves the subnets as they are", async () => {
    const before = await whole.instances();
    await config("abc", true);
    const { output } = await whole.pulumi("preview", "sbx");
    expect(counts(output)).to.have.members(["create", "update"]);
    expect(output).to.not.match(/kops:Cluster .*(update|replace)/);
    await whole.pulumi("up", "sbx");
    expect(await whole.instances()).to.deep.equal(before);
    await whole.edit(
      "clusters/sbx/k1.yaml",
      "nodeGroups:\n",
      "nodeGroups:\n  late: { machineType: t3.large, count: 1 }\n",
    );
    const later = await whole.pulumi("preview", "sbx");
    expect(later.output)
      .to.match(/create \d+: .*AutoscalingGroup\/late\b/)
      .and.to.not.match(/plan: modify .*Subnet/);
    await whole.pulumi("up", "sbx");
    const { Subnets: subnets = [] } = await whole.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "tag:environment", Values: ["sbx"] }] }),
    );
    expect(
      subnets.map((one) => [one.AssignIpv6AddressOnCreation, one.Ipv6CidrBlockAssociationSet?.length]),
    ).to.deep.equal(Array(6).fill([true, 1]));
    const { LaunchTemplateVersions: templates = [] } = await whole.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest"] }),
    );
    const asked = templates.flatMap(({ LaunchTemplateData }) =>
      LaunchTemplateData?.NetworkInterfaces?.map(({ Ipv6AddressCount }) => Ipv6AddressCount),
    );
    expect(new Set(asked)).to.deep.equal(new Set([0]));
    await expectNoChanges();
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(unchanged);
  });

  it("gains a zone with additions only when each cluster names its zones", async () => {
    await whole.edit("clusters/sbx/k2.yaml", "nodeGroups:", `zones: [${zonesOf("abc").join()}]\nnodeGroups:`);
    // The file now names the default: no change.
    await expectNoChanges();
    // A zone can only be removed when no living cluster uses it.
    await whole.forget("clusters/sbx/k2.yaml");
    await whole.pulumi("up", "sbx");
    await config("ab", true);
    await whole.pulumi("up", "sbx");
    await config("abc", true);
    expect(counts((await whole.pulumi("preview", "sbx")).output)).to.deep.equal(["create"]);
    await whole.pulumi("destroy", "sbx");
    expect(await inventory(whole.endpoint)).to.deep.equal({});
  });
});
