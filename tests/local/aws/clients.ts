import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { Route53Client } from "@aws-sdk/client-route-53";
import { PutPublicAccessBlockCommand, S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { accountSettings } from "./account-settings.ts";

export const region = "ap-southeast-2";
export const zones = ["a", "b", "c"].map((letter) => `${region}${letter}`);
/** The image that the tests launch, by the name that kOps requests. */
export const imageName = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
export const imageOwner = "099720109477";

export type Clients = ReturnType<typeof clientsOf>;

export function clientsOf(
  endpoint: string,
  more: { readonly maxAttempts?: number; readonly accessKeyId?: string; readonly sessionToken?: string } = {},
) {
  const { maxAttempts = 3, accessKeyId = "test", sessionToken } = more;
  const credentials = { accessKeyId, secretAccessKey: "test", ...(sessionToken !== undefined && { sessionToken }) };
  const options = { endpoint, region, maxAttempts, credentials };
  return {
    accountSettings: accountSettings(options),
    autoScaling: new AutoScalingClient(options),
    ec2: new EC2Client(options),
    elb: new ElasticLoadBalancingV2Client(options),
    eventBridge: new EventBridgeClient(options),
    iam: new IAMClient(options),
    route53: new Route53Client(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sqs: new SQSClient(options),
    sts: new STSClient(options),
  };
}

/** A value that the API always returns, though its type says it may not. */
export function given<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error("AWS left out a value it always gives");
  return value;
}

/** Lets a bucket have a public policy. S3 blocks those of new buckets. */
export async function openBucket(s3: S3Client, Bucket: string): Promise<void> {
  const PublicAccessBlockConfiguration = { BlockPublicPolicy: false, RestrictPublicBuckets: false };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
}

/** The code of the error that a call fails with. */
export async function errorCode(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return "no error";
}
