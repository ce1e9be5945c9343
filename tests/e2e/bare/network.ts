import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { discoveryPolicy } from "../../../components/state-store/policies.ts";
import { openBucket } from "../../local/aws/clients.ts";

export const region = "ap-southeast-2";
export const zones = ["a", "b", "c"].map((letter) => `${region}${letter}`);

/** Settings of an AWS client for a local cloud. */
export function clientOf(endpoint: string): {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
} {
  return { endpoint, region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
}

/** A network and a state store made by plain AWS calls, for the clusters of a bare checkout. */
export interface Infrastructure {
  vpcId: string;
  vpcCidr: string;
  zones: { zone: string; privateSubnetId: string; privateCidr: string; utilitySubnetId: string; utilityCidr: string }[];
  stateStore: string;
  discoveryBucket: string;
}

export async function makeInfrastructure(endpoint: string, name: string): Promise<Infrastructure> {
  const ec2 = new EC2Client(clientOf(endpoint));
  const s3 = new S3Client({ ...clientOf(endpoint), forcePathStyle: true });
  for (const bucket of [`${name}-state`, `${name}-discovery`]) {
    await s3.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
    );
  }
  // As Pilot makes it: kOps then sets no ACL on the documents.
  const Bucket = `${name}-discovery`;
  const bucketArn = `arn:aws:s3:::${Bucket}`;
  const Policy = JSON.stringify(discoveryPolicy({ id: name, bucketArn, partition: "aws", reader: "public" }));
  await openBucket(s3, Bucket);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const vpcCidr = "10.20.0.0/16";
  const vpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: vpcCidr }))).Vpc?.VpcId ?? "";
  // kOps retries for ten minutes if the VPC has no internet gateway.
  const gateway = (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpcId }));
  const subnet = async (zone: string, cidr: string): Promise<string> =>
    (await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, AvailabilityZone: zone, CidrBlock: cidr }))).Subnet
      ?.SubnetId ?? "";
  const made: Infrastructure["zones"] = [];
  for (const [index, zone] of zones.entries()) {
    const privateCidr = `10.20.${(index + 1) * 32}.0/19`;
    const utilityCidr = `10.20.${index}.0/24`;
    made.push({
      zone,
      privateCidr,
      privateSubnetId: await subnet(zone, privateCidr),
      utilityCidr,
      utilitySubnetId: await subnet(zone, utilityCidr),
    });
  }
  return { vpcId, vpcCidr, zones: made, stateStore: `s3://${name}-state`, discoveryBucket: `${name}-discovery` };
}
