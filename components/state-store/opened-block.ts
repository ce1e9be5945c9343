import * as pulumi from "@pulumi/pulumi";

/** Seconds before each further try: two minutes in all. */
const pauses = [2, 3, 5, 10, 20, 30, 50];

/**
 * Seconds after which a bucket policy is tried again; undefined for any other error, and when S3 had time enough. A
 * bucket whose public access block was just opened may refuse a public policy for seconds. The AWS plugin retries
 * `MalformedPolicy` and `NoSuchBucket` only. `errors`: of this policy so far, the newest first.
 */
export function pauseAfter(errors: readonly string[]): number | undefined {
  const [newest = ""] = errors;
  return /AccessDenied/.test(newest) && /s3:PutBucketPolicy/.test(newest) && /BlockPublicPolicy/.test(newest)
    ? pauses[errors.length - 1]
    : undefined;
}

const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });

/** Tries the public policy of a bucket again while S3 does not see the opened block yet, and says so. */
export function retryOpenedBlock(name: string, bucket: string, pause = wait): pulumi.ErrorHook {
  return new pulumi.ErrorHook(name, async ({ errors, failedOperation }) => {
    const seconds = failedOperation === "delete" ? undefined : pauseAfter(errors);
    if (seconds === undefined) {
      if (errors.length > pauses.length)
        await pulumi.log.error(
          `S3 still blocks a public policy of the bucket ${bucket}: its account or organisation probably blocks public ` +
            "access. Set pilot:stateStore.discovery to cloudfront, an issuer of yours, or none",
        );
      return false;
    }
    await pulumi.log.info(
      `the block of public access to the bucket ${bucket} was just opened, and S3 still refuses its policy: trying ` +
        `again in ${seconds} s`,
    );
    await pause(seconds);
    return true;
  });
}
