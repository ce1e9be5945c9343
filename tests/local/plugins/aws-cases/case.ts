import { CloudFront } from "@aws-sdk/client-cloudfront";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { Route53 } from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import type { Props } from "../../../../local/plugins/protocol/values.ts";
import { region } from "../aws-harness.ts";

export const farRegion = "us-east-1";

export interface World {
  readonly cloudFront: CloudFront;
  readonly ec2: EC2;
  /** EC2 of another region. */
  readonly farEc2: EC2;
  readonly logs: CloudWatchLogs;
  readonly iam: IAM;
  readonly kms: KMS;
  readonly route53: Route53;
  readonly s3: S3;
  readonly vpc: string;
  readonly otherVpc: string;
  /** In the other region. */
  readonly farVpc: string;
  /** A connection to it that nobody has accepted. */
  readonly farPeering: string;
  readonly logGroup: string;
  readonly dhcpOptions: string;
  readonly otherDhcpOptions: string;
  readonly subnet: string;
  readonly otherSubnet: string;
  readonly gateway: string;
  readonly table: string;
  readonly otherTable: string;
  /** For DynamoDB, in no route table. */
  readonly endpoint: string;
  readonly address: string;
  readonly group: string;
  readonly zone: string;
  readonly privateZone: string;
  readonly bucket: string;
  readonly versioned: string;
  readonly role: string;
  readonly otherRole: string;
  readonly policy: string;
  readonly key: string;
  readonly otherKey: string;
  /** An origin access control. */
  readonly accessControl: string;
}

export function awsClients(
  endpoint: string,
): Pick<World, "cloudFront" | "ec2" | "farEc2" | "iam" | "kms" | "logs" | "route53" | "s3"> {
  const config = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  return {
    cloudFront: new CloudFront(config),
    ec2: new EC2(config),
    farEc2: new EC2({ ...config, region: farRegion }),
    iam: new IAM(config),
    kms: new KMS(config),
    logs: new CloudWatchLogs(config),
    route53: new Route53(config),
    s3: new S3({ ...config, forcePathStyle: true }),
  };
}

/** One resource type's lifecycle: its first arguments, changes in place, outside changes, and replacements. */
export interface Case {
  readonly type: string;
  inputs(world: World): Props;
  /** New values that are applied in place. Undefined: nothing can change in place. */
  change?(world: World): Props;
  /** A change outside Pulumi, and the property that shows it. */
  drift?(world: World, id: string, state: Props): Promise<unknown>;
  readonly shows?: string;
  /** A new value for each property that requires replacement. */
  replace(world: World): Props;
  /** Outputs that programs rely on. */
  outputs(world: World, id: string): Record<string, unknown>;
  readonly staysWhenDeleted?: true;
}

export const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: [service] }, Action: ["sts:AssumeRole"] }],
  });
export const allow = (action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: [action], Resource: "*" }] });
export const account = "123456789012";
