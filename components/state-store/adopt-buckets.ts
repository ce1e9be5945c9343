import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";
import { isPlainObject } from "../config/merge.ts";

function idOf(policy: string): string | undefined {
  const parsed: unknown = JSON.parse(policy);
  return isPlainObject(parsed) && typeof parsed["Id"] === "string" ? parsed["Id"] : undefined;
}

/**
 * Whether a bucket is there and is this stack's, by its policy: left behind by a destroy, or in use by the stack all
 * along. A program cannot see its own state, and need not: the engine passes over an import of what it has.
 *
 * One that is somebody else's is not taken over; AWS then says at its creation that the name is taken.
 */
export async function isOwnBucket(bucket: string, policyId: string, options: pulumi.InvokeOptions): Promise<boolean> {
  try {
    return idOf((await aws.s3.getBucketPolicy({ bucket }, options)).policy) === policyId;
  } catch (error) {
    const why = messageOf(error);
    // The provider's words both for no bucket and for one without a policy.
    if (/couldn't find resource|NoSuchBucket/.test(why)) return false;
    throw new ConfigError(
      {
        what: `It cannot be found out whether the bucket ${bucket} is there already`,
        why,
        next:
          "check the AWS credentials of this run (and stateStore.role); a bucket of another account of the same " +
          "name needs another name here",
      },
      error,
    );
  }
}
