import type { PlainObject } from "../../components/config/merge.ts";
import { deepMerge } from "../../components/config/merge.ts";
import { clustersIn, withFiles } from "./desired.ts";
import type { Desired, Named, Stack } from "./desired.ts";
import type { Random } from "./random.ts";

/** What edits need to know of what is there. */
export interface Facts {
  /** What `kops get all -o yaml` says of each living cluster, by its full name. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly stateBucket: string;
  readonly discoveryBucket: string;
  /** States that an `up` has brought about, oldest first; the last is the present one. */
  readonly good: readonly Desired[];
}

export interface Context {
  readonly desired: Desired;
  readonly random: Random;
  readonly facts: Facts;
}

/** What somebody has done to the files of one stack. */
export interface Edit {
  readonly kind: string;
  readonly description: string;
  readonly stack: Stack;
  readonly desired: Desired;
  /** What the preview must say; absent where either will do, as long as nothing is lost. */
  readonly expected?: "accepted" | "refused";
  /** Makes or deletes a cluster, which takes its time. */
  readonly long?: boolean;
}

/** A way to edit, as often as its weight says. Nothing where it cannot be done now. */
export interface EditKind {
  readonly name: string;
  readonly weight: number;
  readonly make: (context: Context) => Omit<Edit, "kind"> | undefined;
}

/** Cluster files in which everything is in the file itself. */
export const requestsIn = (desired: Desired): Named[] =>
  clustersIn(desired).filter(({ value }) => !("manifest" in value));

/** Names that no cluster file has. */
export function freeName({ desired, random }: Context): string {
  const taken = new Set(clustersIn(desired).map(({ name }) => name));
  const free = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"].filter((name) => !taken.has(name));
  return random.pick(free) ?? "n10";
}

/** An edit of one cluster file: keys are merged, `null` takes one out. */
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
