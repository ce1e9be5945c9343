import { ACMClient, RequestCertificateCommand } from "@aws-sdk/client-acm";
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateKeyPairCommand,
  CreateManagedPrefixListCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteNatGatewayCommand,
  DescribeImagesCommand,
  EC2Client,
  RejectVpcPeeringConnectionCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from "@aws-sdk/client-elastic-load-balancing";
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateInstanceProfileCommand, CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { awsShell } from "../../aws/aws-shell.ts";
import { checkExistence } from "../../../../../providers/kops/rules/lookups/existence.ts";
import { referenceKinds, referencesOf } from "../../../../../providers/kops/rules/lookups/references.ts";
import { startAws } from "../../../../local/aws/server.ts";
import type { Aws } from "../../../../local/aws/server.ts";

const region = "ap-southeast-2";
const canonical = "ubuntu/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";

/** Inputs that refer to one thing of each kind. */
function inputsWith(ids: Record<keyof typeof referenceKinds, string>): Record<string, unknown> {
  return {
    region,
    cluster: {
      networkID: ids.vpc,
      subnets: [
        { name: "a", zone: `${region}a`, id: ids.subnet },
        {
          name: "b",
          egress: ids.natGateway,
          additionalRoutes: [ids.instance, ids.peering, ids.internetGateway, ids.egressOnlyGateway].map((target) => ({
            target,
          })),
        },
        { name: "c", egress: ids.transitGateway },
      ],
      dnsZone: ids.hostedZone,
      sshKeyName: ids.keyPair,
      api: {
        loadBalancer: { sslCertificate: ids.certificate, subnets: [{ name: "a", allocationId: ids.allocation }] },
      },
      kubernetesApiAccess: ["10.0.0.0/8", ids.prefixList],
      externalPolicies: { node: [ids.policy] },
    },
    instanceGroups: {
      nodes: {
        image: ids.image,
        machineType: ids.instanceType,
        subnets: ["a"],
        securityGroupOverride: ids.securityGroup,
        iam: { profile: ids.instanceProfile },
        rootVolumeEncryptionKey: ids.key,
        externalLoadBalancers: [{ targetGroupArn: ids.targetGroup }, { loadBalancerName: ids.loadBalancer }],
      },
    },
  };
}

const absent = inputsWith({
  vpc: "vpc-0123456789abcdef0",
  subnet: "subnet-0123456789abcdef0",
  securityGroup: "sg-0123456789abcdef0",
  keyPair: "nobody",
  image: "ami-0123456789abcdef0",
  instanceType: "t3.huge",
  instanceProfile: "arn:aws:iam::123456789012:instance-profile/nobody",
  policy: "arn:aws:iam::123456789012:policy/none",
  key: "01234567-89ab-cdef-0123-456789abcdef",
  certificate: `arn:aws:acm:${region}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef`,
  targetGroup: `arn:aws:elasticloadbalancing:${region}:123456789012:targetgroup/none/0123456789abcdef`,
  hostedZone: "Z0123456789NONE",
  prefixList: "pl-0123456789abcdef0",
  allocation: "eipalloc-0123456789abcdef0",
  loadBalancer: "nobody",
  natGateway: "nat-0123456789abcdef0",
  instance: "i-0123456789abcdef0",
  transitGateway: "tgw-0123456789abcdef0",
  peering: "pcx-0123456789abcdef0",
  internetGateway: "igw-0123456789abcdef0",
  egressOnlyGateway: "eigw-0123456789abcdef0",
});

describe("references of a cluster, looked up in AWS", function () {
  this.timeout(60_000);
  let aws: Aws;
  let restore = (): void => undefined;

  before(async () => {
    aws = await startAws();
    restore = awsShell(aws.endpoint);
  });
  after(async () => {
    restore();
    await aws.stop();
  });

  const prefixList = async (PrefixListName: string, MaxEntries: number, AddressFamily = "IPv4"): Promise<string> =>
    (
      await new EC2Client({ region }).send(
        new CreateManagedPrefixListCommand({ PrefixListName, MaxEntries, AddressFamily }),
      )
    ).PrefixList?.PrefixListId ?? "";

  const natGateway = async (SubnetId: string, AllocationId: string): Promise<string> =>
    (await new EC2Client({ region }).send(new CreateNatGatewayCommand({ SubnetId, AllocationId }))).NatGateway
      ?.NatGatewayId ?? "";
  const instance = async (SubnetId: string): Promise<string> => {
    const ec2 = new EC2Client({ region });
    const Filters = [{ Name: "name", Values: [canonical.slice("ubuntu/".length)] }];
    const ImageId = (await ec2.send(new DescribeImagesCommand({ Filters }))).Images?.[0]?.ImageId ?? "";
    const asked = { ImageId, SubnetId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 } as const;
    return (await ec2.send(new RunInstancesCommand(asked))).Instances?.[0]?.InstanceId ?? "";
  };
  const peering = async (VpcId: string): Promise<string> => {
    const ec2 = new EC2Client({ region });
    const PeerVpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.6.0.0/16" }))).Vpc?.VpcId ?? "";
    return (
      (await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId }))).VpcPeeringConnection
        ?.VpcPeeringConnectionId ?? ""
    );
  };
  const classicLoadBalancer = async (LoadBalancerName: string, subnet: string): Promise<string> => {
    const Listeners = [{ Protocol: "TCP", LoadBalancerPort: 80, InstancePort: 80 }];
    const asked = new CreateLoadBalancerCommand({ LoadBalancerName, Subnets: [subnet], Listeners });
    await new ElasticLoadBalancingClient({ region }).send(asked);
    return LoadBalancerName;
  };

  /** Makes one of each kind. */
  async function existing(): Promise<Record<string, unknown>> {
    const at = { region };
    const ec2 = new EC2Client(at);
    const iam = new IAMClient(at);
    const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }))).Vpc?.VpcId ?? "";
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
    });
    const inZone = { VpcId: vpc, CidrBlock: "10.9.1.0/24", AvailabilityZone: `${region}a` };
    const subnet = (await ec2.send(new CreateSubnetCommand(inZone))).Subnet?.SubnetId ?? "";
    const address = async (): Promise<string> =>
      (await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))).AllocationId ?? "";
    await ec2.send(new CreateKeyPairCommand({ KeyName: "team" }));
    await new SSMClient(at).send(new PutParameterCommand({ Name: "/images/nodes", Value: "ami-0", Type: "String" }));
    await new Route53Client(at).send(new CreateHostedZoneCommand({ Name: "k8s.example.com", CallerReference: "1" }));
    return inputsWith({
      vpc,
      subnet,
      securityGroup:
        (await ec2.send(new CreateSecurityGroupCommand({ VpcId: vpc, GroupName: "nodes", Description: "nodes" })))
          .GroupId ?? "",
      keyPair: "team",
      image: canonical,
      instanceType: "t3.large",
      instanceProfile:
        (await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "nodes", Path: "/team/" })))
          .InstanceProfile?.Arn ?? "",
      policy: (await iam.send(new CreatePolicyCommand({ PolicyName: "nodes", PolicyDocument }))).Policy?.Arn ?? "",
      key: (await new KMSClient(at).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "",
      certificate:
        (await new ACMClient(at).send(new RequestCertificateCommand({ DomainName: "api.example.com" })))
          .CertificateArn ?? "",
      targetGroup:
        (
          await new ElasticLoadBalancingV2Client(at).send(
            new CreateTargetGroupCommand({ Name: "nodes", VpcId: vpc, Protocol: "HTTP", Port: 80 }),
          )
        ).TargetGroups?.[0]?.TargetGroupArn ?? "",
      hostedZone: "k8s.example.com",
      prefixList: await prefixList("small", 2),
      allocation: await address(),
      loadBalancer: await classicLoadBalancer("web", subnet),
      natGateway: await natGateway(subnet, await address()),
      instance: await instance(subnet),
      transitGateway: (await ec2.send(new CreateTransitGatewayCommand({}))).TransitGateway?.TransitGatewayId ?? "",
      peering: await peering(vpc),
      internetGateway: (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "",
      egressOnlyGateway:
        (await ec2.send(new CreateEgressOnlyInternetGatewayCommand({ VpcId: vpc }))).EgressOnlyInternetGateway
          ?.EgressOnlyInternetGatewayId ?? "",
    });
  }

  it("are found if they exist, for every kind", async () => {
    const inputs = await existing();
    expect(new Set(referencesOf(inputs).map(({ kind }) => kind)).size).to.equal(Object.keys(referenceKinds).length);
    expect(await checkExistence(undefined, inputs)).to.deep.equal({ failures: [], notChecked: [], warnings: [] });
  });

  it("are named all at once if they do not exist, for every kind, each with its property", async () => {
    const { failures, notChecked } = await checkExistence(undefined, absent);
    expect(notChecked).to.deep.equal([]);
    expect(failures.map(({ property }) => property)).to.have.members(
      referencesOf(absent).map(({ property }) => property),
    );
    expect(failures.map(({ reason }) => reason))
      .to.include("instance type t3.huge does not exist in ap-southeast-2")
      .and.to.include("NAT gateway nat-0123456789abcdef0 does not exist in ap-southeast-2")
      .and.to.include("VPC peering connection pcx-0123456789abcdef0 does not exist in ap-southeast-2")
      .and.to.include("egress-only internet gateway eigw-0123456789abcdef0 does not exist in ap-southeast-2")
      .and.to.include("classic load balancer nobody does not exist in ap-southeast-2")
      .and.to.include("key pair nobody does not exist in ap-southeast-2");
  });

  it("are checked in their zone, and in the image that a parameter names", async () => {
    const group = { machineType: "t3.large", subnets: ["z"], image: "ssm:/images/nodes" };
    const more = { image: "ssm:/images/none" };
    const { failures } = await checkExistence(undefined, {
      region,
      cluster: { subnets: [{ name: "z", zone: `${region}z` }] },
      instanceGroups: { group, more },
    });
    expect(failures.map(({ property }) => property)).to.have.members([
      "instanceGroups.group.machineType",
      "instanceGroups.group.image",
      "instanceGroups.more.image",
    ]);
    expect(failures.find(({ property }) => property.endsWith("machineType"))?.reason).to.match(
      /^t3.large is not offered in ap-southeast-2z, only in ap-southeast-2a/,
    );
  });

  it("name a machine type that one zone of several lacks, and refuse it for a control plane", async () => {
    const zones = ["a", "b", "c"];
    const subnets = zones.map((zone) => ({ name: zone, zone: region + zone }));
    // inf2 is offered in a and b alone, a1 in b and c.
    const check = (group: object) =>
      checkExistence(undefined, {
        region,
        cluster: { subnets },
        instanceGroups: { group: { subnets: zones, ...group } },
      });
    const nodes = await check({ machineType: "inf2.xlarge" });
    expect(nodes.failures).to.deep.equal([]);
    expect(nodes.warnings).to.deep.equal([
      "instanceGroups.group.machineType: inf2.xlarge is not offered in ap-southeast-2c, only in ap-southeast-2a, " +
        "ap-southeast-2b: the group starts no nodes in ap-southeast-2c",
    ]);
    const mixed = { machineType: "t3.large", mixedInstancesPolicy: { instances: ["inf2.xlarge", "t3.large"] } };
    expect((await check(mixed)).warnings.join()).to.match(/instances\[0\]: inf2.*: nodes there are of other types$/);
    const { failures } = await check({ role: "ControlPlane", machineType: "inf2.xlarge" });
    expect(failures[0]?.reason).to.match(
      /ap-southeast-2b: a control-plane group must start a node in each of its zones/,
    );
    expect(await check({ role: "Bastion", machineType: "t3.micro" })).to.deep.equal({
      failures: [],
      notChecked: [],
      warnings: [],
    });
  });

  it("refuse an image of another architecture than a machine type of its group, with both", async () => {
    const { failures } = await checkExistence(undefined, {
      region,
      instanceGroups: {
        nodes: { machineType: "t4g.medium", image: canonical },
        mixed: {
          machineType: "t3.medium",
          image: canonical,
          mixedInstancesPolicy: { instances: ["t3.large", "m6g.large"] },
        },
        fine: { machineType: "t3.medium", image: canonical },
      },
    });
    expect(failures.map(({ property, reason }) => `${property} ${reason}`)).to.deep.equal([
      `instanceGroups.nodes.image image ${canonical} is for amd64 (x86_64), and the machine type t4g.medium is arm64: ` +
        "its nodes could not start",
      `instanceGroups.mixed.image image ${canonical} is for amd64 (x86_64), and the machine type m6g.large is arm64: ` +
        "its nodes could not start",
    ]);
  });

  it("refuse what is in another VPC or zone, in use by others, or of a type that nodes are not", async () => {
    const ec2 = new EC2Client({ region });
    const elb = new ElasticLoadBalancingV2Client({ region });
    const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.8.0.0/16" }))).Vpc?.VpcId ?? "";
    const other = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }))).Vpc?.VpcId ?? "";
    const at = { VpcId: other, CidrBlock: "10.7.1.0/24", AvailabilityZone: `${region}b` };
    const id = (await ec2.send(new CreateSubnetCommand(at))).Subnet?.SubnetId ?? "";
    const made = new CreateNetworkInterfaceCommand({
      SubnetId: id,
      Description: "ELB net/other-team/0123456789abcdef",
    });
    const NetworkInterfaceId = (await ec2.send(made)).NetworkInterface?.NetworkInterfaceId ?? "";
    const { AllocationId = "" } = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }));
    const targets = async (Name: string, more: object): Promise<string> =>
      (await elb.send(new CreateTargetGroupCommand({ Name, Protocol: "HTTP", Port: 80, ...more }))).TargetGroups?.[0]
        ?.TargetGroupArn ?? "";
    const arns = [await targets("elsewhere", { VpcId: other }), await targets("ips", { VpcId: vpc, TargetType: "ip" })];
    const { failures } = await checkExistence(undefined, {
      region,
      name: "k1.example.com",
      cluster: {
        networkID: vpc,
        subnets: [{ name: "a", zone: `${region}a`, id }],
        api: { loadBalancer: { subnets: [{ name: "a", allocationId: AllocationId }] } },
      },
      instanceGroups: { nodes: { externalLoadBalancers: arns.map((targetGroupArn) => ({ targetGroupArn })) } },
    });
    expect(failures.map(({ reason }) => reason)).to.have.members([
      `subnet ${id} is in the VPC ${other}, not ${vpc}, and in the zone ${region}b, not ${region}a`,
      `allocation ${AllocationId} is in use by the load balancer other-team: give one that is free`,
      `target group ${arns[0] ?? ""} is in the VPC ${other}, and the nodes are in ${vpc}`,
      `target group ${arns[1] ?? ""} takes targets of type ip, and nodes are of type instance`,
    ]);
  });

  it("refuse a route to what AWS still lists and no longer has", async () => {
    const ec2 = new EC2Client({ region });
    const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.5.0.0/16" }))).Vpc?.VpcId ?? "";
    const subnet =
      (await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.5.1.0/24" }))).Subnet?.SubnetId ?? "";
    const { AllocationId = "" } = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const [nat, host, peer] = [await natGateway(subnet, AllocationId), await instance(subnet), await peering(vpc)];
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: nat }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [host] }));
    await ec2.send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peer }));
    const additionalRoutes = [{ target: host }, { target: peer }];
    const { failures, notChecked } = await checkExistence(undefined, {
      region,
      cluster: { subnets: [{ name: "a", egress: nat, additionalRoutes }] },
    });
    expect(notChecked).to.deep.equal([]);
    expect(failures.map(({ property, reason }) => `${property}: ${reason}`)).to.deep.equal([
      `cluster.subnets[0].egress: NAT gateway ${nat} is deleted`,
      `cluster.subnets[0].additionalRoutes[0].target: instance ${host} is terminated`,
      `cluster.subnets[0].additionalRoutes[1].target: VPC peering connection ${peer} is rejected`,
    ]);
  });

  it("count a prefix list as its maximum of entries against the rules of a security group", async () => {
    const [small, large, six] = await Promise.all([
      prefixList("s", 2),
      prefixList("l", 30),
      prefixList("six", 1, "IPv6"),
    ]);
    const check = (...kubernetesApiAccess: string[]) =>
      checkExistence(undefined, {
        region,
        cluster: { api: { loadBalancer: {} }, subnets: [{ name: "a" }], kubernetesApiAccess },
      });
    expect(await check(small, "10.0.0.0/8")).to.deep.equal({ failures: [], notChecked: [], warnings: [] });
    const { failures, warnings } = await check(large, six);
    expect(failures).to.deep.equal([]);
    expect(warnings[0]).to.match(
      /^ranges count as 90 IPv4 rules in the security group of the API's load balancer .*as 30/,
    );
    expect(warnings[1]).to.match(/holds IPv6 addresses, and the cluster has none: it opens nothing/);
  });

  it("are not checked within seconds if AWS is unreachable, and nothing fails", async () => {
    const { AWS_ENDPOINT_URL } = process.env;
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9";
    const began = Date.now();
    const { failures, notChecked } = await checkExistence(undefined, absent);
    process.env["AWS_ENDPOINT_URL"] = AWS_ENDPOINT_URL;
    expect(failures).to.deep.equal([]);
    expect(notChecked.join())
      .to.match(/VPCs/)
      .and.to.match(/KMS keys/);
    expect(Date.now() - began).to.be.lessThan(10_000);
  });
});
