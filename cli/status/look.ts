import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { machineOf } from "../../providers/kops/runtime/process-identity.mjs";
import { loginInputs } from "../../providers/kops/kops-cli/login.ts";
import type { KopsClusterInputs } from "../../providers/kops/model/inputs.ts";
import { listHistory, readHistory } from "../../providers/kops/store/history.ts";
import { readJournal, type Journal } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { lockContent } from "../../providers/kops/store/lock-claim.ts";
import { groupsIn, liveClusterSpec, liveGroupSpecs, manifestEtags } from "../../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { readPause } from "../../providers/kops/store/pause.ts";
import { attemptsInto } from "./attempts.ts";
import type { Facts, NamedRecord } from "./compose.ts";
import type { LockStatus } from "./document.ts";
import { lockStatus } from "./operation.ts";

/** Records that are read: those shown, and enough for the time that a node takes. */
const recordsRead = 6;

/** Where a status reads. */
export type ReadableStore = Pick<ObjectStore, "url" | "get" | "list" | "folders">;

export async function readLock(store: ReadableStore, cluster: string): Promise<LockStatus | undefined> {
  const object = await store.get(pilotKeysOf(cluster).lock);
  return object && lockStatus(lockContent.parse(JSON.parse(object.body)), object.age, machineOf());
}

/** Newest first. Records that ended never change: `known` has those that were read before. */
export async function readRecords(
  store: ReadableStore,
  cluster: string,
  known: Map<string, NamedRecord> = new Map(),
): Promise<NamedRecord[]> {
  const found = await Promise.all(
    (await listHistory(store, cluster)).slice(0, recordsRead).map(async ({ key, name }) => {
      const before = known.get(key);
      if (before) return [before];
      const record = await readHistory(store, { key });
      if (record === undefined) return [];
      const read = { name, record };
      if (record.ended !== undefined) known.set(key, read);
      return [read];
    }),
  );
  return found.flat();
}

/**
 * Reads what tells whether a run works. At its end a run saves its journal, ends its record and then releases its lock,
 * so they are read the other way round: otherwise a run that has just succeeded would look killed.
 */
export async function readRun<Records>(
  lockOf: () => Promise<LockStatus | undefined>,
  recordsOf: () => Promise<Records>,
  journalOf: () => Promise<Journal | undefined>,
): Promise<{ lock: LockStatus | undefined; records: Records; journal: Journal | undefined }> {
  const before = await lockOf();
  const records = await recordsOf();
  const journal = await journalOf();
  // A run may have begun since.
  const lock = before ?? (journal?.operation === undefined ? undefined : await lockOf());
  return { lock, records, journal };
}

/** What the store alone tells. */
export type StoreFacts = Omit<Facts, "cloud" | "kubernetes" | "drift">;

/** Reads everything of a cluster in the store. Undefined if the store has neither its manifest nor its journal. */
export async function readStoreFacts(store: ObjectStore, name: string, now: Date): Promise<StoreFacts | undefined> {
  const notAsked: Facts["notAsked"] = [];
  const attempt = attemptsInto(notAsked);
  // Without these there is nothing to tell: their errors end the command.
  const [spec, { lock, records, journal }] = await Promise.all([
    liveClusterSpec(store, name),
    readRun(
      () => attempt("lock", () => readLock(store, name)),
      () => attempt("history", () => readRecords(store, name)),
      () => readJournal(store, name),
    ),
  ]);
  if (spec === undefined && journal === undefined) return undefined;
  const [pause, groups, version] = await Promise.all([
    attempt("pause flag", () => readPause(store, name)),
    attempt("instance groups", async () =>
      liveGroupSpecs(store, name, groupsIn(await manifestEtags(store, name), name)),
    ),
    attempt("kOps version", async () => (await store.get(`${name}/kops-version.txt`))?.body.trim()),
  ]);
  return {
    ...{ name, now, spec: spec ?? {}, journal, lock, pause, notAsked },
    groups: groups ?? {},
    records: records ?? [],
    kopsVersion: journal?.kops?.version ?? journal?.applied?.kopsVersion ?? version,
  };
}

/** What looks at AWS and Kubernetes take: the cluster's inputs as far as the store has them. */
export function inputsFrom(
  { name, spec, groups, kopsVersion = "", journal }: StoreFacts,
  store: Pick<ObjectStore, "url">,
  identity: AwsIdentity,
): KopsClusterInputs {
  const featureFlags: Journal["kops"] extends undefined ? never : string[] | undefined = journal?.kops?.featureFlags;
  return {
    ...loginInputs({
      ...identity,
      name,
      stateStore: store.url,
      kopsVersion,
      ...(featureFlags !== undefined && { featureFlags }),
    }),
    cluster: spec,
    instanceGroups: groups,
  };
}
