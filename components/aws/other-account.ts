import * as aws from "./services.mjs";
import type * as pulumi from "@pulumi/pulumi";

export interface OtherAccount {
  /** ARN of a role of that account which this run may assume. */
  role: string;
  region: string;
  /** Name of the session in CloudTrail. */
  session: string;
}

/** A provider that works in another account. */
export function providerFor(
  name: string,
  { role, region, session }: OtherAccount,
  parent?: pulumi.Resource,
): aws.Provider {
  return new aws.Provider(
    name,
    {
      region: region as aws.Region,
      // An explicit provider does not read the stack's config: it needs the profile again.
      ...(aws.config.profile !== undefined && { profile: aws.config.profile }),
      assumeRoles: [{ roleArn: role, sessionName: session }],
    },
    { ...(parent && { parent }) },
  );
}

/** The account in the ARN of a role, twelve digits. */
export function accountOf(roleArn: string): string {
  const account = roleArn.split(":")[4];
  if (account === undefined || account === "") throw new Error(`${roleArn} names no account`);
  return account;
}
