import { clusterNamed, firstLook, openTyped, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";
import { entriesOf, readAllTold, recordedClusters, refuseUnknown } from "./recorded.ts";
import { historyTable } from "./report/table.ts";

/** How many operations are shown. */
const usual = 20;

/** Lists operations, newest first: of a cluster, or of all clusters of a store. */
export async function showHistory(typed: StoreTyped<"last", "json">, shell: Partial<Shell>): Promise<string> {
  const surroundings = shellOf(typed, shell);
  const { now } = surroundings;
  const last = lastOf(typed);
  const found = await openTyped(typed, surroundings);
  const { store, words, given, repeated } = found;
  const [word, ...more] = words;
  if (more.length > 0) throw typed.refusal(`it takes at most one cluster, not ${words.join(" ")}`);
  const all = word === undefined;
  const cluster = all ? undefined : await clusterNamed(word, found);
  const clusters = cluster === undefined ? await firstLook(given, () => recordedClusters(store)) : [cluster];
  const entries = await firstLook(given, () => entriesOf(store, clusters));
  if (entries.length === 0 && cluster !== undefined) await refuseUnknown(store, cluster);
  const { operations, unreadable } = await readAllTold(store, entries.slice(0, last), now);
  if (typed.options.json)
    return JSON.stringify(
      [
        ...operations.map(({ name, outcome, record }) => ({ name, outcome, ...record })),
        ...unreadable.map(({ name, cluster: of, why }) => ({ name, cluster: of, unreadable: why })),
      ],
      undefined,
      2,
    );
  if (operations.length === 0) return `There is no record of an operation yet in ${store.url}.`;
  const older = entries.length - Math.min(last, entries.length);
  return [
    historyTable(operations, { named: all }),
    ...unreadable.map(({ name, why }) => `cannot be read: ${name} (${why})`),
    ...(older > 0 ? [`${older} older: --last ${entries.length}`] : []),
    `Next: npx pilot report ${store.url} ${cluster ?? "CLUSTER"} ID${repeated}`,
  ].join("\n");
}

function lastOf({ options: { last }, refusal }: StoreTyped<"last", "json">): number {
  if (last === undefined) return usual;
  if (!/^[1-9]\d{0,5}$/.test(last)) throw refusal(`--last takes a number above 0, not "${last}"`);
  return Number(last);
}
