/**
 * Records what the program leaves behind: Pulumi's state, the journal of a cluster that is ready, journal and lock of
 * an operation that was killed while nodes roll, a snapshot of manifests, the contents of an archive; and the names of
 * what two more stacks would make. `every-key.json` is written by hand: all keys that a journal may have.
 *
 *     node local/bootstrap.mjs exec tests/recorded/record.ts
 *
 * What lies here was recorded on commit c7d56cc. It is to be recorded anew only when the form of what is stored changes
 * on purpose; the program must then still work on the old one.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cluster, clusterFile, makeEnvironment, ownFolder, previewedStacks, stack } from "./environment.ts";
import { digestsOf, valuesOf } from "./fill.ts";
import { scrubbed, shiftTimes, textOf, withPlaceholders } from "./template.ts";
import type { Fields, Json, StackExport } from "./template.ts";

/** When the recorded environment was made, by its own times: long ago, whatever clock recorded it. */
const epoch = Date.parse("2025-01-01T00:00:00.000Z");
let shift: number | undefined;

const environment = await makeEnvironment();

const journalNow = async (): Promise<Fields> =>
  JSON.parse(await environment.read(`${ownFolder}/journal.json`)) as Fields;

/** Placeholders for what only this cloud has. */
async function templatesOf<T extends Record<string, Json>>(state: StackExport, journal: Fields, parts: T): Promise<T> {
  const values = new Map<string, string>(digestsOf(journal));
  for (const [name, value] of await valuesOf(environment, state.deployment.resources))
    if (typeof value === "string" && !/^lock |^created /.test(name)) values.set(name, value);
  return withPlaceholders(parts, values) as T;
}

/** Nothing of a machine, no key, no certificate, no word that decrypts anything. */
function refuseSecrets(text: string): string {
  const [found] =
    /-----BEGIN|LS0tLS1|PRIVATE|passphrase|4dabf18193072939515e22adb298388d|file:\/|\/tmp\/|\/home\/|\/root\//.exec(
      text,
    ) ?? [];
  if (found !== undefined) throw new Error(`what was recorded still has ${found} in it`);
  return text;
}

/** Writes a file, one line for each element of a list. */
async function write(name: string, value: Json | string): Promise<void> {
  const text =
    typeof value === "string"
      ? value
      : Array.isArray(value)
        ? `[\n${value.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`
        : `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(join(import.meta.dirname, name), refuseSecrets(shiftTimes(text, shift ?? 0)));
}

async function record(): Promise<void> {
  await environment.ask("made");
  await environment.pulumi("up", stack);
  const made = await environment.export();
  const journal = await journalNow();
  shift = epoch - Date.parse(textOf((journal["applied"] as Fields)["at"]));
  const first = await templatesOf(made, journal, { journal, resources: scrubbed(made.deployment.resources) });
  await write("state.json", first.resources);
  await write("journal.json", first.journal);
  const names: Record<string, string[]> = {};
  for (const name of previewedStacks) names[name] = await environment.previewed(name);
  await write("previewed.json", names);

  await environment.ask("resized");
  await environment.pulumi("up", stack);
  await environment.ask("rolled");
  await environment.killedAt("green");
  const killed = await environment.export();
  const interrupted = await journalNow();
  const lock = JSON.parse(await environment.read(`${ownFolder}/lock.json`)) as Fields;
  for (const field of ["host", "machine", "pid"]) lock[field] = `{{lock ${field}}}`;
  const snapshotKey = Object.keys(await environment.objects())
    .filter((key) => key.startsWith(`${ownFolder}/archive/`))
    .sort()
    .at(-1);
  const snapshot = (await environment.read(snapshotKey ?? "")).split("\n---\n").map((manifest) => {
    const [, kind, name] = /^kind: (\w+)\n[^]*?^ {2}name: (\S+)$/m.exec(manifest) ?? [];
    const key = `${cluster}/${kind === "Cluster" ? "config" : `instancegroup/${name ?? ""}`}`;
    return manifest.replace(/creationTimestamp: ".*"/, `creationTimestamp: "{{created ${key}}}"`);
  });
  const known = new Set(first.resources.map((one) => JSON.stringify(one)));
  const { resources, ...second } = await templatesOf(killed, interrupted, {
    journal: interrupted,
    lock,
    snapshot: { key: snapshotKey ?? "", manifests: snapshot.join("\n---\n") },
    resources: scrubbed(killed.deployment.resources),
  });
  /** All others are as they were. */
  const changed = resources.filter((one) => !known.has(JSON.stringify(one)));
  await write("interrupted.json", second);
  await write("interrupted-state.json", changed);

  await environment.pulumi("up", stack);
  await environment.forget(clusterFile);
  await environment.pulumi("up", stack);
  const archiveKey = Object.keys(await environment.objects()).find((key) => key.endsWith("/archive.json")) ?? "";
  await write("archive.json", {
    key: archiveKey,
    contents: JSON.parse(await environment.read(archiveKey)) as Json,
  });
  await environment.pulumi("destroy", stack);
}

try {
  await record();
} finally {
  await environment.remove();
}
