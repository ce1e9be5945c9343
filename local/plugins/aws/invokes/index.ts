import { UnsupportedError } from "../../protocol/errors.ts";
import type { Invoke } from "./invoke.ts";

const invokes: Readonly<Record<string, () => Promise<{ readonly invoke: Invoke }>>> = {
  "aws:ec2/getAmi:getAmi": () => import("./get-ami.ts"),
  "aws:ec2/getElasticIp:getElasticIp": () => import("./get-elastic-ip.ts"),
  "aws:ec2/getRouteTable:getRouteTable": () => import("./get-route-table.ts"),
  "aws:ec2/getRouteTables:getRouteTables": () => import("./get-route-tables.ts"),
  "aws:ec2/getSubnet:getSubnet": () => import("./get-subnet.ts"),
  "aws:ec2/getSubnets:getSubnets": () => import("./get-subnets.ts"),
  "aws:ec2/getVpc:getVpc": () => import("./get-vpc.ts"),
  "aws:iam/getPolicyDocument:getPolicyDocument": () => import("./get-policy-document.ts"),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => import("./get-availability-zones.ts"),
  "aws:index/getCallerIdentity:getCallerIdentity": () => import("./get-caller-identity.ts"),
  "aws:index/getPartition:getPartition": () => import("./get-partition.ts"),
  "aws:index/getRegion:getRegion": () => import("./get-region.ts"),
  "aws:route53/getZone:getZone": () => import("./get-zone.ts"),
  "aws:s3/getBucketPolicy:getBucketPolicy": () => import("./get-bucket-policy.ts"),
};

export const functionTypes: readonly string[] = Object.keys(invokes);

export async function findInvoke(token: string): Promise<Invoke> {
  const load = invokes[token];
  if (load === undefined) {
    throw new UnsupportedError(
      `the stand-in for the AWS plugin has no function ${token}; it has: ${functionTypes.join(", ")}. ` +
        "Add it under local/plugins/aws/invokes, or use the official plugin (`pulumi plugin install resource aws`).",
    );
  }
  return (await load()).invoke;
}
