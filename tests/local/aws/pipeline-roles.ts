import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AttachRolePolicyCommand, CreatePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { PolicyValues } from "../../../components/pipeline/fill.ts";
import { policiesOf, type RoleName } from "../../../components/pipeline/roles.ts";
import { given } from "./clients.ts";

/** Permissions that each role needed: actions, with the resources. */
export type Needed = Record<string, Record<string, string[]>>;

/** What each role has needed on an AWS server. */
export async function neededOn(endpoint: string): Promise<Needed> {
  const answer = await fetch(`${endpoint}/_pilot/permissions`);
  if (!answer.ok) throw new Error(`the local cloud cannot tell the permissions: ${answer.status}`);
  return (await answer.json()) as Needed;
}

let files = 0;

/** Keeps what roles needed for `tests/components/pipeline/write-needed.ts`, if PILOT_RECORD_PERMISSIONS is a folder. */
export async function keepNeeded(needed: Needed): Promise<void> {
  const folder = process.env["PILOT_RECORD_PERMISSIONS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${process.pid}-${files++}.json`), JSON.stringify(needed));
}

/** Credentials of a role, as variables of the environment. */
export type Session = Record<
  "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" | "AWS_SDK_UA_APP_ID",
  string
>;

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Makes a role with the policies of the repository, and assumes it. */
export async function sessionOf(endpoint: string, role: RoleName, values: PolicyValues): Promise<Session> {
  const iam = new IAMClient({ endpoint, region: values.region, credentials });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: "{}" }));
  for (const [name, policy] of Object.entries(policiesOf(role, values))) {
    const PolicyDocument = JSON.stringify(policy);
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `${role}-${name}`, PolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: Policy?.Arn }));
  }
  return await sessionOfArn(endpoint, given(Role?.Arn), values.region);
}

/** Assumes a role that exists. */
export async function sessionOfArn(endpoint: string, RoleArn: string, region: string): Promise<Session> {
  const sts = new STSClient({ endpoint, region, credentials });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = given(Credentials);
  return {
    AWS_ACCESS_KEY_ID: given(AccessKeyId),
    AWS_SECRET_ACCESS_KEY: given(SecretAccessKey),
    AWS_SESSION_TOKEN: given(SessionToken),
    // kOps has one key for a store that is not on AWS: see `caller_of` in local/aws/authorization/principals.py.
    AWS_SDK_UA_APP_ID: `key-${given(AccessKeyId)}`,
  };
}
