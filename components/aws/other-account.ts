import * as aws from "./services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { readAwsConfig } from "./config.ts";

export interface OtherAccount {
  /** ARN of a role of that account which this run may assume. @default the stack's own account */
  role?: string | undefined;
  /** External id that the role's trust policy asks for. @default none */
  externalId?: string | undefined;
  region: string;
  /** Name of the session in CloudTrail. */
  session: string;
}

/** A provider that works in another account or region. It reads no config itself, so it gets that of the stack. */
export function providerFor(
  name: string,
  { role, externalId, region, session }: OtherAccount,
  parent?: pulumi.Resource,
): aws.Provider {
  const { provider } = readAwsConfig(pulumi.runtime.allConfig()).aws;
  const own =
    role === undefined
      ? []
      : [{ roleArn: role, sessionName: session, ...(externalId !== undefined && { externalId }) }];
  return new aws.Provider(
    name,
    { ...provider, region: region as aws.Region, assumeRoles: [...(provider.assumeRoles ?? []), ...own] },
    { ...(parent && { parent }) },
  );
}

/** The account in the ARN of a role, twelve digits. */
export function accountOf(roleArn: string): string {
  const account = roleArn.split(":")[4];
  if (account === undefined || account === "") throw new Error(`${roleArn} names no account`);
  return account;
}
