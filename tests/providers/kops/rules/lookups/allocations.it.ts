import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateLoadBalancerCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { awsClient } from "../../../../../providers/kops/aws/client.ts";
import { checkAllocations } from "../../../../../providers/kops/rules/lookups/allocations.ts";
import type { Reference } from "../../../../../providers/kops/rules/lookups/references.ts";
import { countCalls } from "../../aws/count-calls.ts";
import { startAws } from "../../../../local/aws/server.ts";
import type { Aws } from "../../../../local/aws/server.ts";
import { awsShell } from "../../aws/aws-shell.ts";

const region = "ap-southeast-2";
const cluster = "k1.example.com";

describe("addresses that a cluster is to use", function () {
  this.timeout(60_000);
  let aws: Aws;
  let restore: () => void;
  before(async () => {
    aws = await startAws();
    restore = awsShell(aws.endpoint);
  });
  after(async () => {
    restore();
    await aws.stop();
  });

  it("are its own if its NAT gateways and load balancers use them, which a few calls tell for all", async () => {
    const identity = { region };
    const ec2 = awsClient(EC2Client, identity);
    const elb = awsClient(ElasticLoadBalancingV2Client, identity);
    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }))).Vpc?.VpcId ?? "";
    const SubnetId =
      (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.9.1.0/24" }))).Subnet?.SubnetId ?? "";
    const address = async (): Promise<string> =>
      (await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))).AllocationId ?? "";
    const tag = (owner: string) => [{ Key: "KubernetesCluster", Value: owner }];
    /** An address whose network interface AWS describes so. */
    const usedBy = async (Description: string): Promise<string> => {
      const { NetworkInterface } = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Description }));
      const [AllocationId, NetworkInterfaceId = ""] = [await address(), NetworkInterface?.NetworkInterfaceId];
      await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }));
      return AllocationId;
    };
    const ofNat = async (owner: string): Promise<string> => {
      const asked = new CreateNatGatewayCommand({ SubnetId, AllocationId: await address() });
      const id = (await ec2.send(asked)).NatGateway?.NatGatewayId ?? "";
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tag(owner) }));
      return await usedBy(`Interface for NAT Gateway ${id}`);
    };
    const ofBalancer = async (Name: string, owner: string): Promise<string> => {
      const asked = { Name, Type: "network" as const, Subnets: [SubnetId], Tags: tag(owner) };
      await elb.send(new CreateLoadBalancerCommand(asked));
      return await usedBy(`ELB net/${Name}/0123456789abcdef`);
    };
    const own = [
      ...[await ofNat(cluster), await ofNat(cluster)],
      ...[await ofBalancer("api-k1", cluster), await ofBalancer("api-k1-more", cluster)],
    ];
    const others = [
      ...[await ofNat("k2.example.com"), await ofBalancer("api-k2", "k2.example.com")],
      ...[await usedBy("ELB net/deleted/0123456789abcdef"), await usedBy("")],
    ];
    const references = [...own, await address(), ...others, "eipalloc-0123456789abcdef0"].map((id): Reference => ({
      kind: "allocation",
      id,
      property: id,
    }));
    const calls = countCalls(ec2, elb);
    const refused = await checkAllocations({ identity, ec2, cluster }, references, new AbortController().signal);
    expect([...refused.keys()].map(({ id }) => id)).to.deep.equal([...others, "eipalloc-0123456789abcdef0"]);
    expect([...refused.values()].join("\n"))
      .to.match(/in use by the NAT gateway nat-/)
      .and.to.match(/in use by the load balancer api-k2/)
      .and.to.match(/in use by the load balancer deleted/)
      .and.to.match(/in use by eni-/)
      .and.to.match(/does not exist in ap-southeast-2$/);
    expect(calls.DescribeNatGatewaysCommand).to.equal(1);
    expect(calls.DescribeTagsCommand).to.equal(1);
    // One for all, and one for each, as one of them does not exist.
    expect(calls.DescribeLoadBalancersCommand).to.equal(5);
  });
});
