import { S3 } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { needText, text, type Context } from "../../shared/handler.ts";

export function s3Of(context: Pick<Context, "clients" | "region">): S3 {
  return context.clients.of(S3, "s3", context.region);
}

/** The id of a bucket's setting: the bucket's name, with the owner's account if one is required. */
export function settingId(inputs: Props): string {
  return [needText(inputs, "bucket"), text(inputs, "expectedBucketOwner")]
    .filter((part) => part !== undefined)
    .join(",");
}

export function target(id: string): { Bucket: string; ExpectedBucketOwner?: string } {
  const [bucket = "", owner] = id.split(",");
  return { Bucket: bucket, ...(owner && { ExpectedBucketOwner: owner }) };
}

export function targetState(id: string): { bucket: string; expectedBucketOwner: string | undefined } {
  const { Bucket, ExpectedBucketOwner } = target(id);
  return { bucket: Bucket, expectedBucketOwner: ExpectedBucketOwner };
}
