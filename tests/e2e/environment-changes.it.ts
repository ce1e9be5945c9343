import {
  AllocateAddressCommand,
  CreateRouteCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  DeleteRouteCommand,
  DescribeNatGatewaysCommand,
} from "@aws-sdk/client-ec2";
import { Route53 } from "@aws-sdk/client-route-53";
import { expect } from "chai";
import { clientOf } from "./network/index.ts";
import { makeForeignNetwork } from "./network/foreign.ts";
import { unchanged } from "./summary.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const network = { zones: ["ap-southeast-2a"], nat: "none" };
const config = {
  network,
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: { onDestroy: "purge" },
  sandbox: true,
};

interface Outputs {
  network: { vpcId: string; natAddresses?: string[] };
  dns: { zoneId: string };
}

describe("an environment without clusters", function () {
  this.timeout(10 * 60_000);
  let checkout: WholeCheckout;

  before(async () => {
    checkout = await makeWholeCheckout();
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("has a zone that resolves in its VPC, also in a VPC that replaced the first, and never flaps", async () => {
    const route53 = new Route53(clientOf(checkout.endpoint));
    const isAssociated = async (): Promise<boolean> => {
      const { network: made, dns } = await checkout.outputs<Outputs>("sbx");
      const { VPCs = [] } = await route53.getHostedZone({ Id: dns.zoneId });
      return VPCs.some(({ VPCId }) => VPCId === made.vpcId);
    };
    await checkout.stack("sbx", config);
    await checkout.pulumi("up", "sbx");
    expect(await isAssociated()).to.equal(true);
    for (const cidr of ["10.60.0.0/16", "10.70.0.0/16"]) {
      await checkout.stack("sbx", { ...config, network: { ...network, cidr } });
      await checkout.pulumi("up", "sbx");
      expect(await isAssociated(), cidr).to.equal(true);
      expect((await checkout.pulumi("up", "sbx", "--refresh")).output).to.match(unchanged);
      expect(await isAssociated(), cidr).to.equal(true);
    }
  });

  it("uses NAT addresses of one's own, outputs them, and leaves them", async () => {
    const { AllocationId: id = "", PublicIp: address } = await checkout.ec2.send(new AllocateAddressCommand({}));
    await checkout.stack("sbx", { ...config, network: { ...network, cidr: "10.70.0.0/16", nat: { addresses: [id] } } });
    await checkout.pulumi("up", "sbx");
    const { network: made } = await checkout.outputs<Outputs>("sbx");
    expect(made.natAddresses).to.deep.equal([address]);
    const { NatGateways = [] } = await checkout.ec2.send(new DescribeNatGatewaysCommand({}));
    expect(
      NatGateways.filter(({ State }) => State === "available").map((one) => one.NatGatewayAddresses?.[0]?.AllocationId),
    ).to.deep.equal([id]);
    expect((await checkout.pulumi("up", "sbx", "--refresh")).output).to.match(unchanged);
    await checkout.pulumi("destroy", "sbx");
    await checkout.stack("sbx", {
      ...config,
      network: { ...network, nat: { addresses: ["eipalloc-0123456789abcdef0"] } },
    });
    expect((await checkout.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output).to.match(
      /pilot:network: nat\.addresses\[0\]: eipalloc-0123456789abcdef0 cannot be looked up/,
    );
  });

  it("behind a transit gateway needs no utility subnets; kOps plans an internal cluster there", async () => {
    const foreign = await makeForeignNetwork(checkout.ec2, { name: "hub", prefix: "10.50", zones: "a" });
    const ids = Object.values(foreign.private);
    const { TransitGateway } = await checkout.ec2.send(new CreateTransitGatewayCommand({}));
    const TransitGatewayId = TransitGateway?.TransitGatewayId;
    await checkout.ec2.send(
      new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId, VpcId: foreign.vpcId, SubnetIds: ids }),
    );
    const route = { RouteTableId: foreign.privateTable, DestinationCidrBlock: "0.0.0.0/0" };
    await checkout.ec2.send(new DeleteRouteCommand(route));
    await checkout.ec2.send(new CreateRouteCommand({ ...route, TransitGatewayId }));
    await checkout.stack("spoke", {
      ...config,
      network: {
        zones: network.zones,
        existing: { vpcId: foreign.vpcId, subnets: { private: { ids } }, roleTags: "own" },
      },
      dns: { type: "none", name: "spoke.pilot.internal" },
    });
    const file = smallCluster("k1", "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n");
    await checkout.write("clusters/spoke/k1.yaml", `${file}api: { loadBalancer: public }\n`);
    expect(
      (await checkout.localFails("pulumi", "up", "--stack", "spoke", "--non-interactive", "--yes")).output,
    ).to.contain("api.loadBalancer: cannot be public: the network has no utility subnets");
    await checkout.write("clusters/spoke/k1.yaml", file);
    expect((await checkout.pulumi("up", "spoke")).output).to.contain("the cluster is up to date");
    expect((await checkout.pulumi("up", "spoke")).output).to.match(unchanged);
    await checkout.pulumi("destroy", "spoke");
  });
});
