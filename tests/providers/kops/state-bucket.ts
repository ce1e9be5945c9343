import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

const region = "ap-southeast-2";

/** Makes the bucket `state` in the AWS API of the local cloud. */
export async function makeStateBucket(endpoint: string): Promise<void> {
  const s3 = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await s3.send(
    new CreateBucketCommand({ Bucket: "state", CreateBucketConfiguration: { LocationConstraint: region } }),
  );
}

/** The variables by which kOps and the provider reach the bucket. */
export const storeVariables = (endpoint: string): Record<string, string> => ({
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_ACCESS_KEY_ID: "local",
  S3_SECRET_ACCESS_KEY: "local",
});
