import {
  AllocateAddressCommand,
  AssociateVpcCidrBlockCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  EC2Client,
  ImportKeyPairCommand,
} from "@aws-sdk/client-ec2";
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { clientOf, region } from "../e2e/bare/index.ts";
import type { Infrastructure } from "../e2e/bare/index.ts";
import { requestCertificate } from "../local/aws/certificates.ts";
import { given } from "../local/aws/clients.ts";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPxT9y0mC3qkz3q0z9m8h5mB4m3s6w1lqkXo5d0uVfQ organisation";

const statement = (more: Record<string, unknown>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });

/**
 * Creates what the `${words}` of the manifests stand for by plain AWS calls: what an organisation has before its first
 * cluster.
 */
export async function createPrerequisites(
  endpoint: string,
  infrastructure: Infrastructure,
): Promise<Record<string, string>> {
  const ec2 = new EC2Client(clientOf(endpoint));
  const iam = new IAMClient(clientOf(endpoint));
  const { vpcId: VpcId } = infrastructure;

  const zone = await new Route53Client(clientOf(endpoint)).send(
    new CreateHostedZoneCommand({
      Name: "corpus.internal",
      CallerReference: "corpus",
      HostedZoneConfig: { PrivateZone: true },
      VPC: { VPCId: VpcId, VPCRegion: region },
    }),
  );
  const group = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: "organisation", Description: "of the organisation", VpcId }),
  );
  await ec2.send(new ImportKeyPairCommand({ KeyName: "organisation", PublicKeyMaterial: Buffer.from(publicKey) }));
  const ipv6 = await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }));
  const prefix = given(ipv6.Ipv6CidrBlockAssociation?.Ipv6CidrBlock).replace("00::/56", "");
  await ec2.send(new CreateEgressOnlyInternetGatewayCommand({ VpcId }));
  const address = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
  const prefixList = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: "offices",
      AddressFamily: "IPv4",
      MaxEntries: 5,
      Entries: [{ Cidr: "192.0.2.0/24" }],
    }),
  );
  const policy = await iam.send(
    new CreatePolicyCommand({ PolicyName: "organisation", PolicyDocument: statement({ Action: "*", Resource: "*" }) }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: "organisation",
      AssumeRolePolicyDocument: statement({ Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }),
    }),
  );
  const profile = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "organisation" }));
  await iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: "organisation", RoleName: "organisation" }),
  );
  const key = await new KMSClient(clientOf(endpoint)).send(
    new CreateKeyCommand({ Description: "of the organisation" }),
  );
  const targets = await new ElasticLoadBalancingV2Client(clientOf(endpoint)).send(
    new CreateTargetGroupCommand({ Name: "organisation", Protocol: "TCP", Port: 30_080, VpcId }),
  );

  const subnets = infrastructure.zones.flatMap(
    ({ zone: name, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr }) => {
      const letter = name.slice(-1);
      return [
        [`private-${letter}`, privateSubnetId],
        [`private-cidr-${letter}`, privateCidr],
        [`utility-${letter}`, utilitySubnetId],
        [`utility-cidr-${letter}`, utilityCidr],
      ] as const;
    },
  );
  return {
    "state-bucket": infrastructure.stateStore.replace("s3://", ""),
    "discovery-bucket": infrastructure.discoveryBucket,
    vpc: VpcId,
    "vpc-cidr": infrastructure.vpcCidr,
    ...Object.fromEntries(subnets),
    ...Object.fromEntries([1, 2, 3].map((part) => [`ipv6-${part}`, `${prefix}0${part}::/64`])),
    zone: given(zone.HostedZone?.Id).replace("/hostedzone/", ""),
    "security-group": given(group.GroupId),
    "key-pair": "organisation",
    "elastic-ip": given(address.PublicIp),
    "prefix-list": given(prefixList.PrefixList?.PrefixListId),
    policy: given(policy.Policy?.Arn),
    "instance-profile": given(profile.InstanceProfile?.Arn),
    "kms-key": given(key.KeyMetadata?.Arn),
    "target-group": given(targets.TargetGroups?.[0]?.TargetGroupArn),
    certificate: await requestCertificate(endpoint, "api.corpus.internal"),
  };
}
