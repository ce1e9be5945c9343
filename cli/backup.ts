import { resolve } from "node:path";
import { makeBackup, writeBackup } from "../providers/kops/delete/backup.ts";
import type { BackupContents } from "../providers/kops/delete/backup.ts";
import { liveClusterSpec } from "../providers/kops/store/manifests.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

function etcdLine(name: string, { place, newest }: BackupContents["etcdBackups"][string]): string {
  if (newest !== undefined) return `  etcd ${name}: newest backup ${newest}, in ${place}`;
  return place.startsWith("s3:") && place.includes("/backups/etcd/")
    ? `  etcd ${name}: no complete backup yet in ${place}`
    : `  etcd ${name}: in ${place}, which is not looked at`;
}

/** Copies manifests, keys and secrets of a cluster to its archive, and with `--out` to a folder of this machine. */
export async function backup(typed: StoreTyped<"out", "json">, given: Partial<Shell>): Promise<string> {
  const shell = shellOf(typed, given);
  const { store, cluster, words, repeated } = await existingTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { out, json } = typed.options;
  const spec = (await liveClusterSpec(store, cluster)) ?? {};
  const { folder, backup: made } = await makeBackup(store, { cluster, spec, now: shell.now });
  const place = out === undefined ? undefined : resolve(out);
  if (place !== undefined) await writeBackup(made, place);
  const { objects, etcdBackups } = made.contents;
  const url = `${store.url}/${folder}`;
  if (json)
    return JSON.stringify(
      { cluster, name: made.name, url, ...(place && { folder: place }), objects: objects.length, etcdBackups },
      null,
      2,
    );
  return [
    `${objects.length} objects of ${cluster} are in ${url}: manifests, keys and secrets.`,
    ...(place === undefined
      ? []
      : [`The same is in ${place}, readable for you alone. It has private keys: keep it safe.`]),
    "Not in it:",
    ...Object.entries(etcdBackups).map(([name, one]) => etcdLine(name, one)),
    "  volumes and what workloads keep in them",
    `Next: npx pilot restore ${store.url} ${cluster} ${made.name}${repeated} shows what differs from it`,
  ].join("\n");
}
