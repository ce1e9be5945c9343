import type { PlainObject } from "../../components/config/merge.ts";
import { deepMerge } from "../../components/config/merge.ts";
import { clustersIn, withFiles } from "./desired.ts";
import type { Desired, Named, Stack } from "./desired.ts";
import type { Random } from "./random.ts";

/** What edits need to know. */
export interface Facts {
  /** The output of `kops get all -o yaml` for each living cluster, by full name. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly stateBucket: string;
  readonly discoveryBucket: string;
  /** States that an `up` has applied, oldest first; the last is the current one. */
  readonly good: readonly Desired[];
}

export interface Context {
  readonly desired: Desired;
  readonly random: Random;
  readonly facts: Facts;
}

/** A user's edit of the files of one stack. */
export interface Edit {
  readonly kind: string;
  readonly description: string;
  readonly stack: Stack;
  readonly desired: Desired;
  /** The expected preview; absent if both results are fine as long as nothing is lost. */
  readonly expected?: "accepted" | "refused";
  /** Creates or deletes a cluster, which takes time. */
  readonly long?: boolean;
}

/** A kind of edit, chosen by weight. `make` returns undefined if it is not possible now. */
export interface EditKind {
  readonly name: string;
  readonly weight: number;
  readonly make: (context: Context) => Omit<Edit, "kind"> | undefined;
}

/** Cluster files that contain the whole request. */
export const requestsIn = (desired: Desired): Named[] =>
  clustersIn(desired).filter(({ value }) => !("manifest" in value));

/** A name that no cluster file has. */
export function freeName({ desired, random }: Context): string {
  const taken = new Set(clustersIn(desired).map(({ name }) => name));
  const free = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"].filter((name) => !taken.has(name));
  return random.pick(free) ?? "n10";
}

/** Edits one cluster file: merges keys, `null` removes one. */
export function editFile({ desired }: Context, cluster: Named, changes: PlainObject): Desired {
  return withFiles(desired, { [cluster.path]: { value: deepMerge(cluster.value, changes) } });
}

/** A kind of edit of one cluster file. */
export function fileEdit(
  name: string,
  weight: number,
  expected: Edit["expected"],
  change: (context: Context, cluster: Named) => { changes: PlainObject; what: string } | undefined,
): EditKind {
  return {
    name,
    weight,
    make(context) {
      const cluster = context.random.pick(requestsIn(context.desired));
      const made = cluster && change(context, cluster);
      if (!cluster || !made) return undefined;
      return {
        description: `clusters/${cluster.path}: ${made.what}`,
        stack: cluster.stack,
        desired: editFile(context, cluster, made.changes),
        ...(expected && { expected }),
      };
    },
  };
}
