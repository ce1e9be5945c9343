import { ConfigError, inOneLine } from "../../model/errors.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import type { Progress } from "../../runtime/progress.ts";
import { clustersIn } from "../../store/clusters.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { cloudNamesOf } from "../../model/cloud-names.ts";
import type { CloudChange, CloudChanges } from "../../kops-cli/output/index.ts";
import { shortened } from "../../model/shortened.ts";

/** A change to a resource that has another cluster's name. */
export interface ForeignChange {
  change: CloudChange;
  cluster: string;
}

/**
 * Whether a name contains a cluster's name in whole labels, as in `nodes.k1.example.com` or
 * `k1.example.com-addons-bootstrap`.
 */
function containsName(name: string, cluster: string): boolean {
  for (let at = name.indexOf(cluster); at >= 0; at = name.indexOf(cluster, at + 1)) {
    const before = name[at - 1];
    const after = name[at + cluster.length];
    if ((before === undefined || !/[a-z0-9-]/i.test(before)) && (after === undefined || !/[a-z0-9.]/i.test(after)))
      return true;
  }
  return false;
}

/** The cluster with the longest name in a resource's name: `nodes.a.k1.example.com` belongs to a.k1, not to k1. */
const ownerOf = (name: string, clusters: readonly string[]): string | undefined =>
  clusters.filter((cluster) => containsName(name, cluster)).sort((a, b) => b.length - a.length)[0];

/** First labels of kOps's names for a cluster. Another cluster may have such a name. */
const labelsOfKops = ["api", "apiservers", "bastion", "masters", "nodes"];

/**
 * What a plan modifies or deletes of other clusters, by the names of resources. `own.groups`: the cluster's instance
 * groups, whose launch templates and Auto Scaling groups have their names. A name without a cluster's name counts as
 * its own.
 */
export function foreignChanges(
  plan: Pick<CloudChanges, "modify" | "remove" | "prune">,
  own: { name: string; groups: Readonly<Record<string, Record<string, unknown>>> },
  others: readonly string[],
): ForeignChange[] {
  const clusters = [own.name, ...others];
  const ownNames = new Set([
    ...cloudNamesOf(own.name, own.groups),
    ...labelsOfKops.map((label) => `${label}.${own.name}`),
  ]);
  return [...plan.modify, ...plan.remove, ...plan.prune].flatMap((change) => {
    if (ownNames.has(change.name)) return [];
    const cluster = ownerOf(change.name, clusters);
    return cluster === undefined || cluster === own.name ? [] : [{ change, cluster }];
  });
}

/** How many are named. */
const named = 10;

/** The clusters of a store. When they cannot be listed: none, and a line that says so. */
async function knownClusters(store: Pick<ObjectStore, "folders" | "url">, progress: Progress): Promise<string[]> {
  try {
    return await clustersIn(store);
  } catch (error) {
    progress.say(`not checked whether the plan touches other clusters of ${store.url}: ${inOneLine(error)}`);
    return [];
  }
}

/**
 * Refuses the whole plan when it changes another cluster of the store: the rest was not made for this cluster either.
 */
export async function refuseForeignChanges(
  {
    store,
    inputs,
    progress,
  }: {
    store: Pick<ObjectStore, "folders" | "url">;
    inputs: Pick<KopsClusterInputs, "name" | "instanceGroups">;
    progress: Progress;
  },
  plan: Pick<CloudChanges, "modify" | "remove" | "prune">,
): Promise<void> {
  if (plan.modify.length + plan.remove.length + plan.prune.length === 0) return;
  const others = (await knownClusters(store, progress)).filter((name) => name !== inputs.name);
  const found = foreignChanges(plan, { name: inputs.name, groups: inputs.instanceGroups }, others);
  if (found.length === 0) return;
  const lines = found.map(({ change, cluster }) => `${change.kind}/${change.name} belongs to cluster ${cluster}`);
  throw new ConfigError({
    what: `The plan of ${inputs.name} changes other clusters and is refused as a whole`,
    why: shortened(lines, named).join("\n  "),
    next:
      "look in the cluster's file for what was copied from another cluster (configBase, masterPublicName, " +
      "cloudLabels), correct it, and run `pulumi preview` again",
  });
}
