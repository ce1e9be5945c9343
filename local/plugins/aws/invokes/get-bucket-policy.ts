import { hasCode } from "../shared/errors.ts";
import { needText } from "../shared/handler.ts";
import { s3Of } from "../resources/s3/shared.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const bucket = needText(args, "bucket");
  try {
    const { Policy: policy } = await s3Of(context).getBucketPolicy({ Bucket: bucket });
    return { bucket, id: bucket, policy: policy ?? "", region: context.region };
  } catch (error) {
    // The official plugin gives the same message for a missing bucket and for one without a policy.
    if (hasCode(error, "NoSuchBucket", "NoSuchBucketPolicy"))
      throw new Error(`reading S3 Bucket (${bucket}) Policy: couldn't find resource`, { cause: error });
    throw error;
  }
};
