import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, ExplainedError } from "../providers/kops/model/errors.ts";
import { readJournal, type Journal } from "../providers/kops/store/journal.ts";
import { ownFolder } from "../providers/kops/store/keys.ts";
import { liveClusterSpec } from "../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import type { Shell } from "./base/shell.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import { project as here } from "./pr/values.ts";
import { refuseOpen, release } from "./release.ts";
import { readLock } from "./status/look.ts";

/** What plain kOps would find to do, by the conditions of the last run. */
function refuseWaiting(cluster: string, { conditions }: Pick<Journal, "conditions">): void {
  const waiting = conditions.filter(({ type, status }) => type !== "Ready" && status !== "True");
  if (waiting.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${cluster} cannot leave now`,
    why: waiting.map(({ type, reason, message }) => `${type}: ${reason}: ${message}`).join("; "),
    next: "let `pulumi up` finish it, then run the same command again; `npx pilot forget` releases it as it is",
  });
}

/** Refuses whatever plain kOps would have to end, or to do. */
function refuseLeaving(store: ObjectStore, cluster: string, journal: Journal | undefined): Journal {
  if (journal === undefined)
    throw new ConfigError({
      what: `Cluster ${cluster} has nothing to leave`,
      why: `${store.url} has no journal of it: it was made without this program, or was released`,
      next: "use kOps",
    });
  refuseOpen(store, cluster, journal, "leave");
  refuseWaiting(cluster, journal);
  return journal;
}

/** Refuses while a run holds the cluster: its end may change what is to be done. */
async function refuseLocked(store: ObjectStore, cluster: string): Promise<void> {
  const lock = await readLock(store, cluster);
  if (lock === undefined || lock.alive === "no") return;
  throw new ConfigError({
    what: `Cluster ${cluster} cannot leave now`,
    why: `${lock.operation} by ${lock.owner} on ${lock.host} holds its lock since ${lock.since}`,
    next: "let it end, then run the same command again; `npx pilot status` shows it",
  });
}

/** The URN of a cluster's component in a stack of this program. */
export function componentUrn(owner: string, name: string): string | undefined {
  const [, project, stack, ...more] = owner.split("/");
  if (project === undefined || stack === undefined || more.length > 0) return undefined;
  return `urn:pulumi:${stack}::${project}::pilot:cluster:KubernetesCluster::${name}`;
}

/** Pulumi's name of a cluster, if the files of its stack are here. */
async function nameOf(root: string, stack: string, cluster: string): Promise<string | undefined> {
  if (!existsSync(join(root, `Pulumi.${stack}.yaml`))) return undefined;
  try {
    return (await (await import("./account-check/stack.ts")).readStack(root, stack)).names.get(cluster);
  } catch (error) {
    // Another program's stack: its URN is asked from Pulumi instead.
    if (error instanceof ExplainedError) return undefined;
    throw error;
  }
}

/** The steps that only the stack's people can do, in the order in which nothing is deleted. */
async function steps(
  root: string,
  cluster: string,
  { owner, deletionProtection }: Pick<Journal, "owner" | "deletionProtection">,
): Promise<string[]> {
  const stack = owner.split("/").at(-1) ?? owner;
  const name = await nameOf(root, stack, cluster);
  const urn = name === undefined ? undefined : componentUrn(owner, name);
  const force = deletionProtection === true ? " --force" : "";
  return [
    `pulumi state delete '${urn ?? "URN"}' --target-dependents${force} --stack ${stack}` +
      (urn === undefined ? ` (\`pulumi stack --show-urns --stack ${stack}\` has the cluster's URN)` : ""),
    `remove the cluster's file from clusters/${stack}/ (never before: \`pulumi up\` would delete the cluster)`,
  ];
}

/** What becomes of what Pilot made around the cluster. */
function around(store: ObjectStore, cluster: string, spec: Record<string, unknown>): string[] {
  const tagged = spec["DisableSubnetTags"] === true;
  return [
    "everything in AWS and in the cluster stays: instances, roles, add-ons, Helm releases",
    tagged
      ? `subnets keep the tag kubernetes.io/cluster/${cluster}, which nobody owns then: kOps neither writes nor removes ` +
        "it while the manifest has DisableSubnetTags"
      : "kOps goes on to tag its subnets",
    `VPC, hosted zone and ${store.url} belong to whoever made them: a stack that made them must outlive the cluster`,
  ];
}

/**
 * Takes a cluster out of the program, so that plain kOps finds nothing to do. Without `--yes` it shows the steps. It
 * never runs Pulumi.
 */
export async function leaveProgram(typed: StoreTyped<never, "yes" | "purge">, given: Partial<Shell>): Promise<string> {
  const shell = shellOf(typed, given);
  const { store, cluster, words, repeated } = await existingTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { yes = false, purge = false } = typed.options;
  const journal = refuseLeaving(store, cluster, await readJournal(store, cluster));
  const spec = (await liveClusterSpec(store, cluster)) ?? {};
  const kept = around(store, cluster, spec).map((line) => `  ${line}`);
  const kops = [
    `kops update cluster --name ${cluster} --state ${store.url}`,
    `kops rolling-update cluster --name ${cluster} --state ${store.url}`,
  ];
  if (!yes) {
    await refuseLocked(store, cluster);
    const own = `npx pilot leave ${store.url} ${cluster}${repeated}${purge ? " --purge" : ""} --yes`;
    const all = [
      "let nobody run `pulumi up` meanwhile",
      ...(await steps(shell.project ?? here, cluster, journal)),
      `${own}, which removes the journal${purge ? ", the history, the archive" : ""} and the pause flag`,
      ...kops.map((command) => `${command}, which finds nothing to do`),
    ];
    return [
      `Cluster ${cluster} can leave ${journal.owner}. In this order:`,
      ...all.map((line, index) => `  ${index + 1}. ${line}`),
      "What stays:",
      ...kept,
    ].join("\n");
  }
  const { purged } = await release(
    { store, cluster, operation: "leave", purge },
    (now) => refuseLeaving(store, cluster, now),
    shell,
  );
  return [
    `Cluster ${cluster} has left ${journal.owner}, and runs on.`,
    purge
      ? `Its history is removed, and its archive: ${purged} objects.`
      : `Its archive and its history stay in ${store.url}/${ownFolder}${cluster}/ (--purge removes them).`,
    "What stays:",
    ...kept,
    `Next: ${kops.map((command) => `\`${command}\``).join(" and ")} find nothing to do.`,
  ].join("\n");
}
