import { ACMClient, RequestCertificateCommand } from "@aws-sdk/client-acm";
import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateInstanceProfileCommand, CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
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
      subnets: [{ name: "a", zone: `${region}a`, id: ids.subnet }],
      dnsZone: ids.hostedZone,
      sshKeyName: ids.keyPair,
      api: { loadBalancer: { sslCertificate: ids.certificate } },
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
        externalLoadBalancers: [{ targetGroupArn: ids.targetGroup }],
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
});

describe("references of a cluster, looked up in AWS", function () {
  this.timeout(60_000);
  let aws: Aws;
  const shell = { ...process.env };

  before(async () => {
    aws = await startAws();
    for (const name of Object.keys(process.env)) if (/^AWS_/.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_EC2_METADATA_DISABLED: "true",
    });
  });
  after(async () => {
    for (const name of Object.keys(process.env)) if (/^AWS_/.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, shell);
    await aws.stop();
  });

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
    await ec2.send(new CreateKeyPairCommand({ KeyName: "team" }));
    await new SSMClient(at).send(new PutParameterCommand({ Name: "/images/nodes", Value: "ami-0", Type: "String" }));
    await new Route53Client(at).send(new CreateHostedZoneCommand({ Name: "k8s.example.com", CallerReference: "1" }));
    return inputsWith({
      vpc,
      subnet:
        (await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.9.1.0/24" }))).Subnet?.SubnetId ?? "",
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
    });
  }

  it("are found if they exist, for every kind", async () => {
    const inputs = await existing();
    expect(new Set(referencesOf(inputs).map(({ kind }) => kind)).size).to.equal(Object.keys(referenceKinds).length);
    expect(await checkExistence(undefined, inputs)).to.deep.equal({ failures: [], notChecked: [] });
  });

  it("are named all at once if they do not exist, for every kind, each with its property", async () => {
    const { failures, notChecked } = await checkExistence(undefined, absent);
    expect(notChecked).to.deep.equal([]);
    expect(failures.map(({ property }) => property)).to.have.members(
      referencesOf(absent).map(({ property }) => property),
    );
    expect(failures.map(({ reason }) => reason))
      .to.include("instance type t3.huge does not exist in ap-southeast-2")
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
