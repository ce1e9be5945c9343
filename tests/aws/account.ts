import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";

/** The variable with the accounts in which acceptance runs may make and delete things, separated by commas. */
export const accountsVariable = "PILOT_ACCEPTANCE_ACCOUNTS";

/** Whether a run may work in an account. Throws with what to do if not. */
export function allowAccount(account: string, listed: string | undefined): void {
  const all = (listed ?? "").split(",").map((one) => one.trim());
  if (all.includes(account)) return;
  throw new ConfigError({
    what: `The AWS account ${account} is not for acceptance runs`,
    why:
      all.join("") === ""
        ? `${accountsVariable} lists no account`
        : `${accountsVariable} lists ${all.filter(Boolean).join(", ")}`,
    next: `log in to an account that is there for tests alone, or add this one to ${accountsVariable}`,
  });
}

export async function accountOf(identity: AwsIdentity): Promise<string> {
  const sdk = await import("@aws-sdk/client-sts");
  const { Account } = await awsClient(sdk.STSClient, identity).send(new sdk.GetCallerIdentityCommand({}));
  if (Account === undefined) throw new Error("AWS did not tell the account");
  return Account;
}
