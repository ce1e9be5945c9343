import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";
import type { Finding } from "./finding.ts";

/** Who the credentials belong to. */
export interface Caller {
  account: string;
  arn: string;
}

/** Asks AWS who this is. Nothing else can be checked without an answer. */
export async function findCaller(identity: AwsIdentity): Promise<Caller> {
  const sdk = await import("@aws-sdk/client-sts");
  try {
    const { Account: account, Arn: arn } = await awsClient(sdk.STSClient, identity).send(
      new sdk.GetCallerIdentityCommand({}),
    );
    if (account === undefined || arn === undefined) throw new Error("the answer of STS names no account");
    return { account, arn };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      {
        what: "The account cannot be checked: AWS does not say to which account these credentials belong",
        why: messageOf(error),
        next: "check that `aws sts get-caller-identity` answers here, then run the same command again",
      },
      error,
    );
  }
}

/** The accounts that a stack's config allows and forbids. */
export interface AllowedAccounts {
  /** `pilot:accountId`. */
  own?: string | undefined;
  /** `aws:allowedAccountIds`. */
  allowed?: readonly string[] | undefined;
  /** `aws:forbiddenAccountIds`. */
  forbidden?: readonly string[] | undefined;
}

/** Whether this is the stack's account. */
export function accountFinding({ account, arn }: Caller, region: string, accounts: AllowedAccounts): Finding {
  const { own, allowed, forbidden = [] } = accounts;
  const here = `${account} as ${arn}, in ${region}`;
  const wrong = [
    ...(own !== undefined && own !== account ? [`pilot:accountId is ${own}`] : []),
    ...(allowed !== undefined && !allowed.includes(account) ? [`aws:allowedAccountIds is ${allowed.join(", ")}`] : []),
    ...(forbidden.includes(account) ? [`aws:forbiddenAccountIds has it`] : []),
  ];
  if (wrong.length > 0)
    return {
      check: "account",
      status: "failed",
      text: `${here}; ${wrong.join(", and ")}`,
      next: "choose credentials of the stack's account (AWS_PROFILE, or `pulumi config set aws:profile`)",
    };
  if (own !== undefined || allowed !== undefined) return { check: "account", status: "ok", text: here };
  return {
    check: "account",
    status: "ok",
    text: `${here}; the config names no account, so the first up decides (\`pulumi config set pilot:accountId\`)`,
  };
}
