import { isIPv6 } from "node:net";
import {
  AssociateVpcCidrBlockCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateVpcCommand,
  DeleteEgressOnlyInternetGatewayCommand,
  DeleteVpcCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { inventory } from "../e2e/inventory.ts";
import { clientOf, region, zonesOf } from "../e2e/network/index.ts";
import { counts, unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

const file = "clusters/sbx/k1.yaml";
const name = "k1.sbx.pilot.internal";
const nodes = (machineType: string): string => `nodeGroups:\n  nodes: { machineType: ${machineType}, count: 2 }\n`;

describe("an IPv6 cluster by a cluster file, in the environment's network", function () {
  this.timeout(10 * 60_000);
  let whole: WholeCheckout;
  /** A VPC of others in the region with its egress-only gateway, which AWS shows to kOps as if it were ours. */
  let foreign: { vpc: string; gateway: string };

  before(async () => {
    whole = await makeWholeCheckout();
    const { Vpc: vpc } = await whole.ec2.send(new CreateVpcCommand({ CidrBlock: "10.99.0.0/16" }));
    const VpcId = vpc?.VpcId ?? "";
    await whole.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }));
    const { EgressOnlyInternetGateway: gateway } = await whole.ec2.send(
      new CreateEgressOnlyInternetGatewayCommand({ VpcId }),
    );
    foreign = { vpc: VpcId, gateway: gateway?.EgressOnlyInternetGatewayId ?? "" };
    await whole.write(file, smallCluster("k1", `ipv6: true\n${nodes("t3.large")}`));
  });
  after(async () => {
    await whole.remove();
    expect(await whole.processes()).to.deep.equal([]);
  });

  const config = (ipv6: boolean | "clusters"): Promise<void> =>
    whole.stack("sbx", {
      network: { zones: zonesOf("ab"), nat: "single", ipv6 },
      dns: { type: "private", name: "sbx.pilot.internal" },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
  const refusedPreview = async (): Promise<string> =>
    (await whole.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output;
  const expectNoChanges = async (): Promise<void> => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(unchanged);
  };
  const kubectl = async (...args: string[]): Promise<string> => {
    const clusters = (await cloudState(layoutOf(whole.folder, {})))?.clusters ?? [];
    const kubeconfig = clusters.find((one) => one.name === name)?.kubeconfig ?? "";
    return (await whole.local("kubectl", "--kubeconfig", kubeconfig, ...args)).output.trim();
  };
  const addresses = async (): Promise<string[]> =>
    (
      await kubectl(
        ...["get", "nodes", "-o"],
        'jsonpath={range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\\n"}{end}',
      )
    ).split("\n");

  /** What the environment's network looks like in AWS, with the tags of its subnets. */
  const network = async () => {
    const ours = { Filters: [{ Name: "tag:environment", Values: ["sbx"] }] };
    const { Subnets: subnets = [] } = await whole.ec2.send(new DescribeSubnetsCommand(ours));
    const { RouteTables: tables = [] } = await whole.ec2.send(new DescribeRouteTablesCommand(ours));
    const { EgressOnlyInternetGateways: gateways = [] } = await whole.ec2.send(
      new DescribeEgressOnlyInternetGatewaysCommand({}),
    );
    return { subnets, tables, gateways };
  };

  it("is refused with its line while the environment's IPv6 is not for clusters", async () => {
    await config(true);
    expect(await refusedPreview()).to.contain(
      `${file}:7: ipv6: needs an environment with IPv6 for clusters: write ipv6: clusters under its pilot:network`,
    );
  });

  it("comes up in one run: nodes have both kinds of addresses, services IPv6, the API both", async () => {
    await config("clusters");
    // Ids and ranges of subnets are not known yet.
    expect(counts((await whole.pulumi("preview", "sbx")).output)).to.deep.equal(["create"]);
    await whole.pulumi("up", "sbx");
    const found = await addresses();
    expect(found.map((line) => line.split(" ").map(isIPv6))).to.deep.equal(Array(3).fill([true, false]));
    expect(isIPv6(await kubectl("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}"))).to.equal(true);
    const elb = new ElasticLoadBalancingV2Client(clientOf(whole.endpoint));
    const { LoadBalancers: balancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    expect(balancers.map(({ IpAddressType, Scheme }) => [IpAddressType, Scheme])).to.deep.equal([
      ["dualstack", "internal"],
    ]);
  });

  it("finds all routes made, and leaves network and tags to the environment", async () => {
    const { subnets, tables, gateways } = await network();
    expect(subnets).to.have.length(4);
    for (const subnet of subnets) {
      expect(subnet.AssignIpv6AddressOnCreation, subnet.SubnetId).to.equal(true);
      expect(subnet.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsAAAARecord, subnet.SubnetId).to.equal(true);
      const keys = (subnet.Tags ?? []).map(({ Key = "" }) => Key).filter((key) => key !== "Name");
      const role = keys.find((key) => key.startsWith("kubernetes.io/role/"));
      expect(keys, subnet.SubnetId).to.have.members(["environment", `kubernetes.io/cluster/${name}`, role]);
    }
    expect(gateways.map(({ EgressOnlyInternetGatewayId: id }) => id))
      .to.have.length(2)
      .and.include(foreign.gateway);
    const ours = gateways.find(({ EgressOnlyInternetGatewayId: id }) => id !== foreign.gateway);
    expect((ours?.Tags ?? []).map(({ Key }) => Key)).to.have.members(["environment", "Name"]);
    const routes = tables.map(({ Routes: all = [] }) =>
      Object.fromEntries(
        all.map((route) => [
          route.DestinationIpv6CidrBlock ?? route.DestinationCidrBlock ?? "",
          route.EgressOnlyInternetGatewayId ?? route.NatGatewayId ?? route.GatewayId,
        ]),
      ),
    );
    const inner = routes.filter((table) => table["::/0"] === ours?.EgressOnlyInternetGatewayId);
    expect(inner).to.have.length(2);
    for (const table of inner) expect(table["64:ff9b::/96"]).to.match(/^nat-/).and.equal(table["0.0.0.0/0"]);
  });

  it("is unchanged by the next up and refresh", expectNoChanges);

  it("rolls to another machine type, and is unchanged again", async () => {
    const before = await addresses();
    await whole.edit(file, "t3.large", "t3.xlarge");
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output).to.not.match(/(create|modify|delete) \d+:.*(Subnet|Route|Gateway|Vpc)/);
    await whole.pulumi("up", "sbx");
    const now = await addresses();
    expect(now.map((line) => line.split(" ").map(isIPv6))).to.deep.equal(Array(3).fill([true, false]));
    // The control plane did not roll.
    expect(now.filter((line) => before.includes(line))).to.have.length(1);
    await expectNoChanges();
  });

  it("cannot become an IPv4 cluster, nor lose the routes that it needs", async () => {
    await whole.edit(file, "ipv6: true\n", "");
    expect(await refusedPreview()).to.match(
      /cluster\.nonMasqueradeCIDR\S* cannot change from ::\/0 to 100\.64\.0\.0\/10/,
    );
    await config(true);
    expect(await refusedPreview()).to.match(
      /pilot:network: ipv6: the routes of private subnets for NAT64 would be deleted/,
    );
    await config("clusters");
    await whole.edit(file, nodes("t3.xlarge"), `ipv6: true\n${nodes("t3.xlarge")}`);
    await expectNoChanges();
  });

  it("also goes into a network made elsewhere, which must have the same, and changes nothing there", async () => {
    interface Given {
      network: { vpcId: string; zones: { privateSubnetId: string; utilitySubnetId: string }[] };
    }
    const { vpcId, zones } = (await whole.outputs<Given>("sbx")).network;
    await whole.stack("given", {
      network: {
        zones: zonesOf("ab"),
        ipv6: "clusters",
        existing: {
          vpcId,
          subnets: {
            private: { ids: zones.map(({ privateSubnetId }) => privateSubnetId) },
            utility: { ids: zones.map(({ utilitySubnetId }) => utilitySubnetId) },
          },
        },
      },
      dns: { type: "none", name: "given.pilot.internal" },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
    await whole.write("clusters/given/k2.yaml", smallCluster("k2", `ipv6: true\n${nodes("t3.large")}`));
    const before = await network();
    await whole.pulumi("up", "given");
    expect((await whole.pulumi("up", "given")).output).to.match(unchanged);
    const running = Object.entries(await whole.instances()).filter(([group]) => group.includes("k2.given"));
    expect(running.flatMap(([, ids]) => ids)).to.have.length(3);
    await whole.pulumi("destroy", "given");
    expect(await network()).to.deep.equal(before);
  });

  it("goes without a trace, and leaves what others have", async () => {
    await whole.pulumi("destroy", "sbx");
    const { gateways } = await network();
    expect(gateways.map(({ EgressOnlyInternetGatewayId: id }) => id)).to.deep.equal([foreign.gateway]);
    const { vpc, gateway } = foreign;
    await whole.ec2.send(new DeleteEgressOnlyInternetGatewayCommand({ EgressOnlyInternetGatewayId: gateway }));
    await whole.ec2.send(new DeleteVpcCommand({ VpcId: vpc }));
    expect(await inventory(whole.endpoint, region)).to.deep.equal({});
  });
});
