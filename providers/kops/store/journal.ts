import { z } from "zod";
import { conditionTypes } from "../model/conditions.ts";
import { KopsError, LockedError, messageOf } from "../model/errors.ts";
import { awsSettings } from "../model/aws-settings.ts";
import { assumeRoleOptions, kopsClusterInputs, rollingUpdateOptions } from "../model/inputs.ts";
import { maintenanceWindow } from "../model/maintenance-windows.ts";
import { pilotKeysOf } from "./keys.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

/** The format of the journal that this program writes, and the newest that it can work with. */
const format = 1;

/**
 * An object that keeps the fields this program does not know, as those of a newer program. What must stop an older
 * program, instead of being kept by it, needs a higher {@link format}. The types name the known fields only.
 */
function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape);
}

const condition = object({
  type: z.enum(conditionTypes),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
});

const step = object({
  name: z.string(),
  begun: z.string(),
  ended: z.string().optional(),
  detail: z.string().optional(),
});

const operation = object({
  id: z.string(),
  verb: z.enum(["create", "update", "delete"]),
  /** Digest of the desired spec of the operation. */
  digest: z.string(),
  begun: z.string(),
  steps: z.array(step),
  error: z.string().optional(),
});

const spec = object({
  kopsVersion: z.string(),
  cluster: z.record(z.string(), z.unknown()),
  instanceGroups: z.record(z.string(), z.record(z.string(), z.unknown())),
  additionalObjects: kopsClusterInputs.shape.additionalObjects,
});

const movedFrom = object({
  /** The former store, `s3://bucket` or `s3://bucket/prefix`. */
  store: z.string(),
  at: z.string(),
  /** ETags of the manifests there when they were copied: plain kOps takes no lock, and may write there later. */
  etags: z.record(z.string(), z.string()),
  /** ETags of the copies. */
  copied: z.record(z.string(), z.string()),
  /** When an operation from here first brought the cluster up to date. */
  switched: z.string().optional(),
});

const { region, profile, featureFlags } = kopsClusterInputs.shape;
const assumeRole = object(assumeRoleOptions.shape).optional();
const aws = object(awsSettings.shape).optional();
const rollingUpdate = object({
  ...rollingUpdateOptions.shape,
  maintenanceWindows: z.array(object(maintenanceWindow.shape)).optional(),
});

const journal = object({
  version: z.literal(format),
  cluster: z.string(),
  owner: z.string(),
  /**
   * Region, account and AWS identity of the last operation, without credentials, for commands, which have no inputs.
   * Absent in journals of an older program, as is the account alone.
   */
  identity: object({ region, profile, assumeRole, aws, accountId: z.string().optional() }).optional(),
  /** The kOps of the last operation, for commands. Absent in journals of an older program. */
  kops: object({ version: z.string(), featureFlags }).optional(),
  /**
   * Whether this program created the cluster or adopted an existing one (absent in journals of an older program). An
   * unfinished create may be deleted; an unfinished adoption is a living cluster.
   */
  origin: z.enum(["made", "adopted"]).optional(),
  conditions: z.array(condition),
  /** Instance groups this program has written. One that is here and no longer desired is removed. */
  instanceGroups: z.array(z.string()),
  /** Groups whose nodes were cordoned for their removal. If one stays after all, its nodes are uncordoned. */
  cordoned: z.array(z.string()).optional(),
  /** The manifests this program wrote last: digest of the spec, and the ETags of kOps's objects afterwards. */
  written: object({ digest: z.string(), etags: z.record(z.string(), z.string()) }).optional(),
  /**
   * The spec last applied to the cloud, stored before the apply begins, because from then on parts of it may exist.
   * Irreversible changes are refused against this spec, not against the last success that Pulumi saw. The stored key is
   * `told`; in code it is `lastApplied`.
   */
  told: spec.optional(),
  /**
   * The last spec that the whole cluster was brought to: its digest, and the spec without secrets (absent in journals
   * of an older program).
   */
  applied: object({
    digest: z.string(),
    kopsVersion: z.string(),
    revision: z.int(),
    at: z.string(),
    spec: spec.optional(),
  }).optional(),
  /** The oldest Kubernetes version that each part may still run, because its roll waits. */
  running: object({ controlPlane: z.string().optional(), nodes: z.string().optional() }).optional(),
  /** Digests of the secrets this program has written. One that is here and no longer desired is deleted. */
  secrets: z.record(z.string(), z.string()).optional(),
  /** Ids of the SSH keys this program has written. One that is here and no longer desired is removed. */
  sshKeys: z.array(z.string()).optional(),
  /** Whether this program has written additional objects. Those that are no longer desired are then removed. */
  additionalObjects: z.boolean().optional(),
  /** Images of groups that take theirs from a parameter. An image stays until somebody allows another. */
  images: z.record(z.string(), object({ parameter: z.string(), image: z.string() })).optional(),
  /** The observed outputs after the last successful operation that are not above. No credential. */
  outputs: z.record(z.string(), z.unknown()).optional(),
  /** Present from the first step of an operation until the operation succeeds. */
  operation: operation.optional(),
  /** Value in the last `up`: a second guard beside Pulumi's own `protect`. */
  deletionProtection: z.boolean().optional(),
  /** Present from the first step of a deletion until the cluster is gone, or created again. */
  deletion: object({
    /** Folder of the archive of this deletion: one, however often the deletion is interrupted. */
    archive: z.string().optional(),
    /** When kOps first began to delete: from then on resources may be gone. */
    begun: z.string().optional(),
    /** Names of what kOps made. They follow from the manifests, which kOps removes before the last resource. */
    made: object({ autoScalingGroups: z.array(z.string()), records: z.boolean() }).optional(),
  }).optional(),
  /** `deletion.workloadResources` of the last `up`, for commands. */
  workloadResources: z.enum(["delete", "stop"]).optional(),
  /**
   * `rollingUpdate` of the last `up`, with nothing set if it had none: for commands, which have no inputs. Absent in
   * journals of an older program.
   */
  rollingUpdate: rollingUpdate.optional(),
  /** The store the cluster moved from. Before `switched` is set, no run has worked on it here. */
  movedFrom: movedFrom.optional(),
  /** Tags of shared subnets, by subnet id, before kOps tagged them: only keys that kOps writes. */
  subnetTags: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/**
 * What was done to a cluster and what is under way. This is the truth, kept in the state store so that it survives a
 * `kill -9` and a lost laptop; outputs in Pulumi's state are a copy.
 */
export type Journal = Omit<StoredText, "told"> & {
  lastApplied?: StoredText["told"];
};
type StoredText = z.infer<typeof journal>;

/** A journal that a newer program wrote in a format of its own. */
class NewerFormat extends Error {
  override readonly name = "NewerFormat";
}

export function parseJournal(text: string): Journal {
  const stored: unknown = JSON.parse(text);
  const { version } = z.looseObject({ version: z.int() }).parse(stored);
  if (version > format)
    throw new NewerFormat(`a newer version of Pilot wrote it in format ${version}; this one knows format ${format}`);
  const { told, ...rest } = journal.parse(stored);
  return { ...rest, ...(told && { lastApplied: told }) };
}

/** A journal as stored text. */
export function journalText({ lastApplied, ...rest }: Journal): string {
  const stored: StoredText = { ...rest, ...(lastApplied && { told: lastApplied }) };
  return JSON.stringify(stored, null, 2);
}

export type RecordedOperation = z.infer<typeof operation>;
export type MovedFrom = z.infer<typeof movedFrom>;

/** A journal in the store. */
export interface StoredJournal {
  journal: Journal;
  etag: string;
}

export async function readJournal(
  store: Pick<ObjectStore, "url" | "get">,
  cluster: string,
): Promise<Journal | undefined> {
  return (await findJournal(store, cluster))?.journal;
}

/** The same with its ETag, which tells later whether it has changed. */
export async function findJournal(
  store: Pick<ObjectStore, "url" | "get">,
  cluster: string,
): Promise<StoredJournal | undefined> {
  const { journal: key } = pilotKeysOf(cluster);
  const object = await store.get(key);
  if (!object) return undefined;
  try {
    return { journal: parseJournal(object.body), etag: object.etag };
  } catch (error) {
    throw new KopsError(
      {
        what: `The journal of cluster ${cluster} (${store.url}/${key}) cannot be read`,
        why: messageOf(error),
        next:
          error instanceof NewerFormat
            ? "use the version of Pilot that last worked on the cluster, or a newer one; nothing was changed"
            : "use the version of this program that wrote it, or restore an earlier version of the object",
      },
      error,
    );
  }
}

/** Attempts to write after a conflict with an earlier write of this run or a concurrent one (409). */
const attempts = 3;

/**
 * Writes the journal for one run, on condition that the stored one is what this run read or wrote last. A suspended run
 * may wake up when another run has long taken its lock; it must not overwrite that run's journal.
 *
 * Errors: {@link LockedError} when somebody else has written or removed it.
 */
export class JournalWriter {
  readonly #store: ObjectStore;
  readonly #cluster: string;
  #etag: string | undefined;
  /** Texts sent since the last answer: a write may have arrived although its answer was lost. */
  readonly #sent = new Set<string>();

  /** `etag`: of the journal that was found; undefined when there was none. */
  constructor(store: ObjectStore, cluster: string, etag: string | undefined) {
    this.#store = store;
    this.#cluster = cluster;
    this.#etag = etag;
  }

  async write(value: Journal): Promise<void> {
    const key = pilotKeysOf(this.#cluster).journal;
    const text = journalText(value);
    this.#sent.add(text);
    for (let left = attempts; ; left -= 1) {
      try {
        this.#accept(
          await this.#store.put(key, text, this.#etag === undefined ? { ifAbsent: true } : { ifMatch: this.#etag }),
        );
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
      // When the SDK repeats a write whose answer was lost, that write conflicts with itself.
      if ((await this.#read(value.operation?.verb)) === text) return;
      if (left === 1) throw this.#displaced(value.operation?.verb, "is being written by somebody else");
    }
  }

  /** Removes it, as the last act of a deletion. */
  async remove(): Promise<void> {
    await this.#read("delete");
    if (this.#etag === undefined) return;
    try {
      await this.#store.delete(pilotKeysOf(this.#cluster).journal, this.#etag);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // When the SDK repeats a deletion whose answer was lost, nothing is there.
      if (await this.#store.get(pilotKeysOf(this.#cluster).journal))
        throw this.#displaced("delete", "is being written by somebody else");
    }
    this.#accept(undefined);
  }

  #accept(etag: string | undefined): void {
    this.#etag = etag;
    this.#sent.clear();
  }

  /** The stored text, if it is this run's; otherwise throws. */
  async #read(verb: RecordedOperation["verb"] | undefined): Promise<string | undefined> {
    const there = await this.#store.get(pilotKeysOf(this.#cluster).journal);
    if (there && this.#sent.has(there.body)) this.#accept(there.etag);
    else if (there?.etag !== this.#etag)
      throw this.#displaced(verb, there ? "is not what this run wrote last" : "was removed");
    return there?.body;
  }

  #displaced(verb: RecordedOperation["verb"] | undefined, why: string): LockedError {
    return new LockedError({
      what: `The journal of cluster ${this.#cluster} was changed by somebody else while this run worked`,
      why: `${this.#store.url}/${pilotKeysOf(this.#cluster).journal} ${why}; it was left as it is`,
      next:
        `run \`pulumi ${verb === "delete" ? "destroy" : "up"}\` again: it continues from the stored journal and ` +
        "repeats what is missing there",
    });
  }
}

/** The unfinished operation and where it stopped, in words. Undefined when the last one succeeded. */
export function unfinished(value: Journal | undefined): string | undefined {
  const last = value?.operation;
  if (!last) return undefined;
  const open = last.steps.find((one) => !one.ended) ?? last.steps.at(-1);
  return (
    `${last.verb} begun ${last.begun} stopped ` +
    (open ? `at ${open.name}${open.detail ? ` (${open.detail})` : ""}` : "before its first step")
  );
}
