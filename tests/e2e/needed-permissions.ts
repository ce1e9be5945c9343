import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { cloudState } from "../../local/cloud/index.ts";

/** Permissions that each role needed: actions, with the resources. */
export type Needed = Record<string, Record<string, string[]>>;

/** Roles of the commands of `pilot`. The `pulumi` of the local cloud takes the role of its verb by itself. */
const roles: Record<string, string> = {
  "destroy-plan": "destroy-plan",
  archive: "operator",
  pause: "operator",
};

/** Credentials by which the local cloud records what a command of `pilot` needs, under its role. */
export function asRoleOf(words: readonly string[]): Record<string, string> {
  const at = words.findIndex((word) => word.endsWith("cli/pilot.mjs"));
  const role = at < 0 ? undefined : roles[words[at + 1] ?? ""];
  const AWS_ACCESS_KEY_ID = `local-${role}`;
  return role === undefined ? {} : { AWS_ACCESS_KEY_ID, S3_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID };
}

/** What each role has needed on a local cloud. */
export async function neededOn(endpoint: string): Promise<Needed> {
  const answer = await fetch(`${endpoint}/_pilot/permissions`);
  if (!answer.ok) throw new Error(`the local cloud cannot tell the permissions: ${answer.status}`);
  return (await answer.json()) as Needed;
}

let files = 0;

/** Keeps what a story needed, if `PILOT_RECORD_PERMISSIONS` names a folder for `npm run permissions`. */
export async function noteNeeded(cloud: Awaited<ReturnType<typeof cloudState>>): Promise<void> {
  const folder = process.env["PILOT_RECORD_PERMISSIONS"];
  if (!cloud || folder === undefined) return;
  await mkdir(folder, { recursive: true });
  const needed = await neededOn(cloud.endpoint);
  await writeFile(join(folder, `${process.pid}-${files++}.json`), JSON.stringify(needed));
}
