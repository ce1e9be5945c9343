import { partition } from "@aws-sdk/core/client";

/*
 * Names that differ between the partitions of AWS (commercial, China, GovCloud, European Sovereign Cloud, isolated),
 * from the AWS SDK's own data. A region that the SDK does not know yet is matched by the pattern of its partition.
 */

/** The partition of a region: the second part of every ARN. */
export function partitionOf(region: string): string {
  return partition(region).name;
}

/** The domain of a region's endpoints, such as `amazonaws.com.cn`. */
export function dnsSuffixOf(region: string): string {
  return partition(region).dnsSuffix;
}

/** The host of a service's endpoint in a region. */
export function endpointOf(service: string, region: string): string {
  return `${service}.${region}.${dnsSuffixOf(region)}`;
}

/** Regions of the commercial partition that every account has. AWS makes all later ones opt-in (since 2019-03-20). */
const enabledByDefault = new Set([
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"],
  ...["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
]);

/** Whether an account must enable a region before it can use it. */
export function isOptIn(region: string): boolean {
  return partitionOf(region) === "aws" && !enabledByDefault.has(region);
}

/** Errors of AWS, by service protocol, to credentials that a region does not know. */
const notKnown = /\b(AuthFailure|InvalidClientTokenId|OptInRequired|UnrecognizedClientException)\b/;

/**
 * What to do when AWS does not know the credentials of a run in an opt-in region: then the account has most likely not
 * enabled it. Undefined for other errors and regions.
 */
export function optInAdvice(errorText: string, region: string): string | undefined {
  if (!notKnown.test(errorText) || !isOptIn(region)) return undefined;
  return (
    `${region} is an opt-in region, and AWS answers so to an account that has not enabled it: ` +
    `\`aws account get-region-opt-status --region-name ${region}\` tells, ` +
    `\`aws account enable-region --region-name ${region}\` enables it, within minutes to hours`
  );
}
