import type { AwsIdentity } from "../aws/identity.ts";
import { ConfigError } from "../model/errors.ts";
import type { Journal } from "../store/journal.ts";
import { manifestEtags } from "../store/manifests.ts";
import { isSameStore, moveCommand, movedReason, movedTo } from "../store/moved.ts";
import { openStore } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { rebasedInputs } from "./rebase.ts";
import type { Failure } from "../model/hidden-inputs.ts";

/** Opens another store with the identity that works on the cluster. */
export type OpenStore = (url: string) => ObjectStore;

export const openAs =
  (identity: AwsIdentity, env: NodeJS.ProcessEnv = process.env): OpenStore =>
  (url) =>
    openStore(url, identity, env);

/**
 * Why no run may work on a cluster in a store; undefined where a run may. Either the cluster moved out of the store, or
 * it was copied into the store and the move was withdrawn, or plain kOps has written to the old store since.
 */
export async function moveProblem(
  store: ObjectStore,
  cluster: string,
  journal: Pick<Journal, "movedFrom"> | undefined,
  open: OpenStore,
): Promise<string | undefined> {
  const to = await movedTo(store, cluster);
  if (to !== undefined) return movedReason(cluster, store.url, to);
  const from = journal?.movedFrom;
  if (from === undefined || from.switched !== undefined) return undefined;
  const old = open(from.store);
  const [target, etags] = await Promise.all([movedTo(old, cluster), manifestEtags(old, cluster)]);
  const command = moveCommand(from.store, store.url);
  if (target === undefined || !isSameStore(target, store.url)) {
    return (
      `${cluster} was copied from ${from.store} at ${from.at}, and ` +
      `${target === undefined ? "the move did not end or was withdrawn" : `moved to ${target} since`}: ` +
      (target === undefined ? `go on in ${from.store}, or move it with \`${command} --apply\`` : `go on there`)
    );
  }
  const keys = [...new Set([...Object.keys(etags), ...Object.keys(from.etags)])].filter(
    (key) => etags[key] !== from.etags[key],
  );
  if (keys.length === 0) return undefined;
  return (
    `manifests of ${cluster} in ${from.store} were changed after it was copied from there at ${from.at} (plain ` +
    `kOps takes no lock): ${keys.join(", ")}; withdraw the move with \`${command} --undo\`, and move again`
  );
}

function refuse(store: ObjectStore, cluster: string, why: string): never {
  throw new ConfigError({
    what: `No run may work on cluster ${cluster} in ${store.url}`,
    why,
    next: "do as the reason says; nothing was touched",
  });
}

/** Stops a run before it changes anything. */
export async function refuseMoved(
  store: ObjectStore,
  cluster: string,
  journal: Pick<Journal, "movedFrom"> | undefined,
  open: OpenStore,
): Promise<void> {
  const why = await moveProblem(store, cluster, journal, open);
  if (why !== undefined) refuse(store, cluster, why);
}

/** Stops a command on a cluster that moved out of the store. */
export async function refuseMovedOut(store: ObjectStore, cluster: string): Promise<void> {
  const to = await movedTo(store, cluster);
  if (to !== undefined) refuse(store, cluster, movedReason(cluster, store.url, to));
}

/** The same problem as a failure of a preview. */
export async function moveFailures(
  store: ObjectStore,
  cluster: string,
  journal: Pick<Journal, "movedFrom"> | undefined,
  open: OpenStore,
): Promise<Failure[]> {
  const reason = await moveProblem(store, cluster, journal, open);
  return reason === undefined ? [] : [{ property: "stateStore", reason }];
}

type Inputs = Record<string, unknown>;

/**
 * The inputs of the last run with the desired store, if the old store tells that the cluster moved exactly there; else
 * unchanged. The rules then check the rest of the change as any other.
 */
export async function sinceMoved(old: Inputs, desired: Inputs, open: OpenStore): Promise<Inputs> {
  const { name, stateStore: from } = old;
  const { name: same, stateStore: to } = desired;
  if (
    typeof name !== "string" ||
    typeof from !== "string" ||
    typeof to !== "string" ||
    name !== same ||
    isSameStore(from, to)
  )
    return old;
  const target = await movedTo(open(from), name);
  return target !== undefined && isSameStore(target, to) ? rebasedInputs(old, from, to) : old;
}
