import { z } from "zod";
import { conditionTypes } from "../model/conditions.ts";
import { KopsError, LockedError, messageOf } from "../model/errors.ts";
import { kopsClusterInputs } from "../model/inputs.ts";
import { placesOf } from "./keys.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

const condition = z.object({
  type: z.enum(conditionTypes),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
});

const step = z.object({
  name: z.string(),
  begun: z.string(),
  ended: z.string().optional(),
  detail: z.string().optional(),
});

const operation = z.object({
  id: z.string(),
  verb: z.enum(["create", "update", "delete"]),
  /** Digest of the spec that the operation is after. */
  digest: z.string(),
  begun: z.string(),
  steps: z.array(step),
  error: z.string().optional(),
});

const spec = z.object({
  kopsVersion: z.string(),
  cluster: z.record(z.string(), z.unknown()),
  instanceGroups: z.record(z.string(), z.record(z.string(), z.unknown())),
});

const movedFrom = z.object({
  /** The former store, `s3://bucket` or `s3://bucket/prefix`. */
  store: z.string(),
  at: z.string(),
  /**
   * ETags that the manifests had there when they were copied: plain kOps takes no lock, and may write there afterwards.
   */
  etags: z.record(z.string(), z.string()),
  /** Those of the copies. */
  copied: z.record(z.string(), z.string()),
  /** When the cluster was first brought to what is asked for from here. */
  switched: z.string().optional(),
});

const { region, profile, assumeRole, featureFlags } = kopsClusterInputs.shape;

const journal = z.object({
  version: z.literal(1),
  cluster: z.string(),
  owner: z.string(),
  /**
   * Where and as whom the last operation worked (absent in journals of an older program): commands have no inputs. No
   * credential.
   */
  identity: z.object({ region, profile, assumeRole }).optional(),
  /** The kOps of the last operation (absent in journals of an older program): commands have no inputs. */
  kops: z.object({ version: z.string(), featureFlags }).optional(),
  /**
   * Whether this program made the cluster or adopted one that was there (absent in journals of an older program). What
   * a create began may be deleted; what an adoption began is a living cluster.
   */
  origin: z.enum(["made", "adopted"]).optional(),
  conditions: z.array(condition),
  /** Instance groups this program has written: one that is here and no longer asked for is one that leaves. */
  instanceGroups: z.array(z.string()),
  /** Groups whose nodes were cordoned as they leave: one that stays after all is to have them uncordoned. */
  cordoned: z.array(z.string()).optional(),
  /** The manifests last written by this program: digest of the spec, and the ETags kOps's objects had afterwards. */
  written: z.object({ digest: z.string(), etags: z.record(z.string(), z.string()) }).optional(),
  /**
   * The spec last applied to the cloud, kept from before the first apply of it: from then on some of it may be true.
   * Irreversible changes are refused against this, not against what Pulumi last saw succeed. Journals that exist call
   * it `told`; in code it is `lastApplied`.
   */
  told: spec.optional(),
  /**
   * The last spec the whole cluster was brought to: its digest, and what of it is no secret (absent in journals of an
   * older program).
   */
  applied: z
    .object({ digest: z.string(), kopsVersion: z.string(), revision: z.int(), at: z.string(), spec: spec.optional() })
    .optional(),
  /** The oldest Kubernetes version that each part may still run: a part that waits for its roll keeps it. */
  running: z.object({ controlPlane: z.string().optional(), nodes: z.string().optional() }).optional(),
  /** Digests of the secrets this program has written: one that is here and no longer asked for is deleted. */
  secrets: z.record(z.string(), z.string()).optional(),
  /**
   * Ids of the SSH keys this program has written: one that is here and no longer asked for is taken out of the store.
   */
  sshKeys: z.array(z.string()).optional(),
  /**
   * Images of groups that take theirs from a parameter, with the parameter they were taken from: they stay until
   * somebody allows another.
   */
  images: z.record(z.string(), z.object({ parameter: z.string(), image: z.string() })).optional(),
  /**
   * Copy of the outputs that were seen when the last operation ended well, besides what stands above; no credential.
   */
  outputs: z.record(z.string(), z.unknown()).optional(),
  /** Present from the first step of an operation until it has ended well. */
  operation: operation.optional(),
  /** What the last `up` said of it: a second lock beside Pulumi's own `protect`. */
  deletionProtection: z.boolean().optional(),
  /** Present from the first step of a deletion until the cluster is gone, or made anew. */
  deletion: z
    .object({
      /** Folder of the archive that this deletion makes: one, however often it is interrupted. */
      archive: z.string().optional(),
      /** When kOps was first told to delete: from then on resources may be gone. */
      begun: z.string().optional(),
      /** Names of what kOps made: its manifests, which tell them, go before all of it is gone. */
      made: z.object({ autoScalingGroups: z.array(z.string()), records: z.boolean() }).optional(),
    })
    .optional(),
  /** What the last `up` said of what workloads made (`deletion.workloadResources`): commands have no inputs. */
  workloadResources: z.enum(["delete", "stop"]).optional(),
  /**
   * Where the journal was copied from when the cluster moved to another store. Until `switched` no run has worked on it
   * here.
   */
  movedFrom: movedFrom.optional(),
  /**
   * Tags that shared subnets had before kOps tagged them for this cluster, of those keys it writes; by id of the
   * subnet.
   */
  subnetTags: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/**
 * What has been done to a cluster and what is under way: the truth, kept in the state store, so that it survives a
 * `kill -9` and a lost laptop. Outputs in Pulumi's state are a copy.
 */
export type Journal = Omit<StoredText, "told"> & {
  lastApplied?: StoredText["told"];
};
type StoredText = z.infer<typeof journal>;

function parseJournal(text: string): Journal {
  const { told, ...rest } = journal.parse(JSON.parse(text));
  return { ...rest, ...(told && { lastApplied: told }) };
}

/** The text of a journal, as it is stored. */
export function journalText({ lastApplied, ...rest }: Journal): string {
  const stored: StoredText = { ...rest, ...(lastApplied && { told: lastApplied }) };
  return JSON.stringify(stored, null, 2);
}

export type RecordedOperation = z.infer<typeof operation>;
export type MovedFrom = z.infer<typeof movedFrom>;

/** A journal as it lies in the store. */
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

/** The same, with what tells later whether it is still the same. */
export async function findJournal(
  store: Pick<ObjectStore, "url" | "get">,
  cluster: string,
): Promise<StoredJournal | undefined> {
  const { journal: key } = placesOf(cluster);
  const object = await store.get(key);
  if (!object) return undefined;
  try {
    return { journal: parseJournal(object.body), etag: object.etag };
  } catch (error) {
    throw new KopsError(
      {
        what: `The journal of cluster ${cluster} (${store.url}/${key}) cannot be read`,
        why: messageOf(error),
        next: "use the version of this program that wrote it, or restore an earlier version of the object",
      },
      error,
    );
  }
}

/** How often a write is tried that met another one, of this run itself or at the same moment (409), before it fails. */
const attempts = 3;

/**
 * The journal as one run writes it: each time on condition that it is what this run read or wrote last. A run that was
 * suspended may come back when its lock has long been another's, whose journal must not be lost.
 *
 * Errors: {@link LockedError} when somebody else wrote or removed it meanwhile.
 */
export class OwnJournal {
  readonly #store: ObjectStore;
  readonly #cluster: string;
  #etag: string | undefined;
  /** What was sent since the last answer: a write that failed for want of an answer may have arrived all the same. */
  readonly #sent = new Set<string>();

  /** `etag`: of the journal that was found; nothing when there was none. */
  constructor(store: ObjectStore, cluster: string, etag: string | undefined) {
    this.#store = store;
    this.#cluster = cluster;
    this.#etag = etag;
  }

  async write(value: Journal): Promise<void> {
    const key = placesOf(this.#cluster).journal;
    const text = journalText(value);
    this.#sent.add(text);
    for (let left = attempts; ; left -= 1) {
      try {
        this.#is(
          await this.#store.put(key, text, this.#etag === undefined ? { ifAbsent: true } : { ifMatch: this.#etag }),
        );
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
      // Tried again by the SDK, a write whose answer got lost meets itself.
      if ((await this.#look(value.operation?.verb)) === text) return;
      if (left === 1) throw this.#displaced(value.operation?.verb, "is being written by somebody else");
    }
  }

  /** Removes it, as the last thing of a deletion. */
  async remove(): Promise<void> {
    await this.#look("delete");
    await this.#store.delete(placesOf(this.#cluster).journal);
    this.#is(undefined);
  }

  #is(etag: string | undefined): void {
    this.#etag = etag;
    this.#sent.clear();
  }

  /** What is there now, as long as it is this run's. */
  async #look(verb: RecordedOperation["verb"] | undefined): Promise<string | undefined> {
    const there = await this.#store.get(placesOf(this.#cluster).journal);
    if (there && this.#sent.has(there.body)) this.#is(there.etag);
    else if (there?.etag !== this.#etag)
      throw this.#displaced(verb, there ? "is not what this run wrote last" : "was removed");
    return there?.body;
  }

  #displaced(verb: RecordedOperation["verb"] | undefined, why: string): LockedError {
    return new LockedError({
      what: `The journal of cluster ${this.#cluster} was changed by somebody else while this run worked`,
      why: `${this.#store.url}/${placesOf(this.#cluster).journal} ${why}; it was left as it is`,
      next:
        `run \`pulumi ${verb === "delete" ? "destroy" : "up"}\` again: it continues from what stands there, and ` +
        "does again what does not",
    });
  }
}

/** The unfinished operation and where it stopped, in words; nothing when the last one ended well. */
export function unfinished(value: Journal | undefined): string | undefined {
  const last = value?.operation;
  if (!last) return undefined;
  const open = last.steps.find((one) => !one.ended) ?? last.steps.at(-1);
  return (
    `${last.verb} begun ${last.begun} stopped ` +
    (open ? `at ${open.name}${open.detail ? ` (${open.detail})` : ""}` : "before its first step")
  );
}
