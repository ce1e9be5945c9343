import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { otherDiscovery } from "../../components/state-store/account-block.ts";
import type { Finding } from "./finding.ts";

const check = "S3 Block Public Access";

/** What an account blocks; all absent if it blocks nothing. */
export interface Blocked {
  BlockPublicPolicy?: boolean | undefined;
  RestrictPublicBuckets?: boolean | undefined;
}

/**
 * The endpoint of S3 Control that is not AWS's own. The SDK would put the account before its host, which is no host if
 * that is an address.
 */
function ownEndpoint({ aws }: AwsIdentity, env: NodeJS.ProcessEnv): string | undefined {
  return aws?.endpoints?.["s3control"] ?? env["AWS_ENDPOINT_URL_S3_CONTROL"] ?? env["AWS_ENDPOINT_URL"];
}

/** What an account blocks, with what its organization blocks in it. */
export async function blockedIn(
  identity: AwsIdentity,
  account: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Blocked> {
  const sdk = await import("@aws-sdk/client-s3-control");
  const endpoint = ownEndpoint(identity, env);
  const client = awsClient(
    sdk.S3ControlClient,
    identity,
    endpoint === undefined ? {} : { endpointProvider: () => ({ url: new URL(endpoint) }) },
  );
  try {
    const answer = await client.send(new sdk.GetPublicAccessBlockCommand({ AccountId: account }));
    return answer.PublicAccessBlockConfiguration ?? {};
  } catch (error) {
    if (error instanceof sdk.NoSuchPublicAccessBlockConfiguration) return {};
    throw error;
  }
}

/** Whether the bucket of OIDC discovery documents can be public, by the bucket's policy. */
export function publicAccessFinding(account: string, blocked: Blocked): Finding {
  const blocks = (["BlockPublicPolicy", "RestrictPublicBuckets"] as const).filter((key) => blocked[key] === true);
  if (blocks.length === 0)
    return { check, status: "ok", text: `off for policies in ${account}: the bucket of OIDC discovery can be public` };
  return {
    check,
    status: "failed",
    text: `${blocks.join(" and ")} ${blocks.length === 1 ? "is" : "are"} on in ${account}: the bucket of OIDC discovery cannot be public`,
    next:
      `aws s3control put-public-access-block --account-id ${account} --public-access-block-configuration ` +
      "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false (if the " +
      `organization blocks it, ask its owner), or ${otherDiscovery}`,
  };
}
