import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolePolicies } from "../../../components/pipeline/roles.ts";
import { isRecord } from "../../../providers/kops/model/spec.ts";
import type { Needed } from "../../local/aws/pipeline-roles.ts";

/*
 * Adds what stories needed to needed-permissions.json, without what differs by run:
 *
 *     PILOT_RECORD_PERMISSIONS=FOLDER npm test -- tests/e2e/…
 *     node local/bootstrap.mjs exec tests/components/pipeline/write-needed.ts FOLDER
 */
const file = join(import.meta.dirname, "needed-permissions.json");

/** A role of a story, as the policies name it. */
const nameOf = (role: string): string => (role === "store" ? "store-owner" : role);

/** The same for every run and environment: that of the stack sbx. */
function usual(resource: string, action: string): string {
  if (action === "sts:AssumeRole") return "arn:aws:iam::999999999999:role/store";
  return resource
    .replace(/:(\d{12})(?=:)/, ":123456789012")
    .replace(/\b(eu-west-1|us-east-1)\b/g, "ap-southeast-2")
    .replace(/(:::|oidc-provider\/)(state|oidc)\b/, "$1bare-$2")
    .replace(/:::(?:prod-(state|oidc)|company-data)\b/, (_, kind = "state") => `:::bare-${String(kind)}`)
    .replace(/prod\.pilot\.internal/g, "sbx.pilot.internal")
    .replace(
      /bare-(state|oidc|discovery)|pilot-\w+-(state|oidc|logs)-\d+-[a-z]+-[a-z]+-\d/,
      (_, bare?: string, own?: string) => {
        const kind = (bare ?? own ?? "").replace("discovery", "oidc");
        return `pilot-sbx-${kind}-123456789012-ap-southeast-2`;
      },
    )
    .replaceAll(/\b(bare\.internal|[ab]\.example\.com|(sbx\.)?example\.test)\b/g, "sbx.pilot.internal")
    .replaceAll(/\b(bare-internal|[ab]-example-com|(sbx-)?example-test)\b/g, "sbx-pilot-internal")
    .replace(/\b([a-z]+)-[0-9a-f]{17}$/, "$1-0")
    .replace(/(hostedzone|change)\/\w+$/, "$1/Z0")
    .replace(/:key\/[0-9a-f-]{36}$/, ":key/0")
    .replace(/\bk\d\.sbx/, "k1.sbx")
    .replace(/\bk\d-sbx/, "k1-sbx")
    .replace(/(-state-[\w-]+\/(?:_pilot\/)?[^/]+\/).+$/, "$1x")
    .replace(/-[0-9a-z]{6}\/(\*|[0-9a-f]{16})(\/[0-9a-f]{16})?$/, "-000000/x")
    .replace(/-[0-9a-z]{6}$/, "-000000")
    .replace(/-[0-9a-f]{7}$/, "-0000000");
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder? PILOT_RECORD_PERMISSIONS named it");
const table = JSON.parse(await readFile(file, "utf8")) as { recorded: Needed; unrecorded: unknown };
for (const name of await readdir(folder)) {
  const found: unknown = JSON.parse(await readFile(join(folder, name), "utf8"));
  if (!isRecord(found)) throw new Error(`${name} is not a recording`);
  for (const [role, actions] of Object.entries(found as Needed)) {
    if (!(nameOf(role) in rolePolicies)) continue;
    const all = (table.recorded[nameOf(role)] ??= {});
    for (const [action, resources] of Object.entries(actions))
      all[action] = [...new Set([...(all[action] ?? []), ...resources.map((one) => usual(one, action))])].sort();
  }
}
const sorted = Object.fromEntries(
  Object.entries(table.recorded)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([role, actions]) => [
      role,
      Object.fromEntries(Object.entries(actions).sort(([a], [b]) => a.localeCompare(b))),
    ]),
);
await writeFile(file, `${JSON.stringify({ ...table, recorded: sorted }, undefined, 2)}\n`);
