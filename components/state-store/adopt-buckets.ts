import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";
import { isPlainObject } from "../config/merge.ts";

function idOf(policy: string): string | undefined {
  const parsed: unknown = JSON.parse(policy);
  return isPlainObject(parsed) && typeof parsed["Id"] === "string" ? parsed["Id"] : undefined;
}

/**
 * Whether a bucket exists and belongs to this stack, by its policy: retained by a destroy, or in use. It may already be
 * in the stack's state: then the engine ignores the import.
 *
 * Another owner's bucket is not adopted; its creation then fails because the name is taken.
 */
export async function isOwnBucket(bucket: string, policyId: string, options: pulumi.InvokeOptions): Promise<boolean> {
  try {
    return idOf((await aws.s3.getBucketPolicy({ bucket }, options)).policy) === policyId;
  } catch (error) {
    const why = messageOf(error);
    // The provider's message both for no bucket and for a bucket without a policy.
    if (/couldn't find resource|NoSuchBucket/.test(why)) return false;
    throw new ConfigError(
      {
        what: `Cannot check whether the bucket ${bucket} exists`,
        why,
        next:
          "check the AWS credentials of this run (and stateStore.role); if another account has a bucket of this " +
          "name, " +
          "choose another name",
      },
      error,
    );
  }
}
