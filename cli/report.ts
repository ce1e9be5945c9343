import { writeFile } from "node:fs/promises";
import { ConfigError, messageOf } from "../providers/kops/model/errors.ts";
import { firstLook, readTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";
import { entriesOf, readTold, refuseUnknown } from "./recorded.ts";
import type { Entry } from "./recorded.ts";
import { reportPage } from "./report/page.ts";

/** The record that was named: by its whole name, by the beginning of its id, or not at all, which is the newest. */
export function chosen(entries: readonly Entry[], named: string | undefined): Entry[] {
  if (named === undefined) return entries.slice(0, 1);
  const id = named.slice(0, 8);
  return entries.filter(({ name }) => name === named || (named.length >= 4 && name.split("-").at(-1)?.startsWith(id)));
}

/** Writes the report of one operation to a file. */
export async function writeReport(typed: StoreTyped<"out">, shell: Partial<Shell>): Promise<string> {
  const surroundings = shellOf(typed, shell);
  const { now } = surroundings;
  const { store, cluster, words, given, repeated } = await readTarget(typed, surroundings);
  const [named, ...more] = words;
  if (more.length > 0) throw typed.refusal("it takes one operation");
  const entries = await firstLook(given, () => entriesOf(store, [cluster]));
  if (entries.length === 0) await refuseUnknown(store, cluster);
  const [entry, ...others] = chosen(entries, named);
  const told = entry && (await readTold(store, entry, now));
  if (!entry || !told || others.length > 0) {
    throw new ConfigError({
      what: `There is no report of ${named === undefined ? "an operation" : `the operation ${named}`} on ${cluster}`,
      why:
        others.length > 0
          ? `${others.length + 1} operations have an id that begins so`
          : `${store.url} has ${entries.length === 0 ? "no record of the cluster" : "no such record"}`,
      next: `\`npx pilot history ${store.url} ${cluster}${repeated}\` lists the operations and their ids`,
    });
  }
  const file = typed.options.out ?? `${cluster}-${entry.name}.html`;
  const again = `npx pilot report ${store.url} ${cluster} ${told.record.id.slice(0, 8)}${repeated}`;
  try {
    await writeFile(file, reportPage(told, again));
  } catch (error) {
    throw new ConfigError(
      { what: `The report could not be written to ${file}`, why: messageOf(error), next: "name another --out" },
      error,
    );
  }
  return `${file}: ${told.record.verb} of ${cluster}, ${told.outcome}`;
}
