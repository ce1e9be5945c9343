import { S3Control } from "@aws-sdk/client-s3-control";
import { hasCode } from "../shared/errors.ts";
import { text } from "../shared/handler.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const accountId = text(args, "accountId") ?? (await context.account());
  try {
    const { PublicAccessBlockConfiguration: block } = await context.clients
      .of(S3Control, "s3control", context.region)
      .getPublicAccessBlock({ AccountId: accountId });
    return {
      accountId,
      id: accountId,
      blockPublicAcls: block?.BlockPublicAcls ?? false,
      blockPublicPolicy: block?.BlockPublicPolicy ?? false,
      ignorePublicAcls: block?.IgnorePublicAcls ?? false,
      restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
    };
  } catch (error) {
    if (hasCode(error, "NoSuchPublicAccessBlockConfiguration"))
      throw new Error(`reading S3 Account Public Access Block (${accountId}): couldn't find resource`, {
        cause: error,
      });
    throw error;
  }
};
