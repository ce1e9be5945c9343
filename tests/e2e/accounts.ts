import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { clientOf, region as usualRegion } from "./bare/network.ts";

export const roleIn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** Settings of an AWS client for another account of a local cloud. moto derives the account from the assumed role. */
export async function clientIn(
  endpoint: string,
  account: string,
  region = usualRegion,
): Promise<ReturnType<typeof clientOf> & { credentials: { sessionToken: string } }> {
  const sts = new STSClient(clientOf(endpoint));
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleIn(account, "test"), RoleSessionName: "test" }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
    throw new Error(`STS gave no credentials for the role in ${account}`);
  return {
    ...clientOf(endpoint),
    region,
    credentials: {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
    },
  };
}
