import { ConfigError, messageOf } from "../model/errors.ts";
import { awsClient } from "./client.ts";
import type { AwsIdentity } from "./identity.ts";

/** Whose credentials they are. */
export interface Caller {
  /** Twelve digits. */
  account: string;
  arn: string;
}

const asked = new WeakMap<object, Promise<Caller>>();

/** The AWS account of an identity, twelve digits. */
export async function accountOf(identity: AwsIdentity): Promise<string> {
  return (await callerOf(identity)).account;
}

/** Account and ARN of an identity. AWS is asked once per identity. */
export async function callerOf(identity: AwsIdentity): Promise<Caller> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = awsClient(STSClient, identity);
  const ask = async (): Promise<Caller> => {
    try {
      const { Account: account, Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
      if (account === undefined || arn === undefined) throw new Error("the answer of STS names no account");
      return { account, arn };
    } catch (error) {
      asked.delete(client);
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(
        {
          what: "AWS does not say to which account these credentials belong",
          why: messageOf(error),
          next: "check that `aws sts get-caller-identity` answers here, then run the same command again",
        },
        error,
      );
    }
  };
  const known = asked.get(client) ?? ask();
  asked.set(client, known);
  return await known;
}
