import { setTimeout as wait } from "node:timers/promises";
import { identityOf } from "./destroy-plan.ts";
import { clusterNamed, firstLook, openTyped, shellOf, type FoundStore } from "./cluster-command.ts";
import type { Shell } from "./base/shell.ts";
import type { Result } from "./base/command.ts";
import type { StoreTyped } from "./given-identity.ts";
import { ConfigError, inOneLine } from "../providers/kops/model/errors.ts";
import { refuseMovedOut } from "../providers/kops/move/guard.ts";
import { clustersIn } from "../providers/kops/store/clusters.ts";
import { ownFolder } from "../providers/kops/store/keys.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { lookAtCloud, type Cloud } from "./status/cloud.ts";
import { clusterStatusOf, exitCodeOf, type Facts } from "./status/compose.ts";
import type { ClusterStatus, StatusDocument } from "./status/document.ts";
import { lookForDrift } from "./status/drift.ts";
import { askKubernetes } from "./status/kubernetes.ts";
import { overviewLines, statusLines } from "./status/lines.ts";
import { inputsFrom, readStoreFacts, type StoreFacts } from "./status/look.ts";
import { lookOf } from "../providers/kops/runtime/terminal.ts";
import { terminal, untilStopped, watchCluster } from "./status/watch.ts";

export type StatusTyped = StoreTyped<never, "json" | "drift" | "watch">;

type Opened = FoundStore & { store: ObjectStore };

/** Looks at AWS alone. */
async function cloudOf(facts: StoreFacts, { store, given }: Opened, env: NodeJS.ProcessEnv): Promise<Cloud> {
  const { name, spec, journal } = facts;
  try {
    const identity = identityOf(name, spec, { given, recorded: journal?.identity, env });
    return await lookAtCloud(inputsFrom(facts, store, identity), journal);
  } catch (error) {
    const notAsked = [{ what: "AWS", why: inOneLine(error) }];
    return { sizes: undefined, waiting: undefined, instances: undefined, notAsked };
  }
}

/** Looks at everything of one cluster. What cannot be asked is noted, and ends nothing. */
async function fullStatus(
  facts: StoreFacts,
  { store, given }: Opened,
  { env, drift }: { env: NodeJS.ProcessEnv; drift: boolean },
): Promise<ClusterStatus> {
  const { name, spec, journal, notAsked } = facts;
  const recorded = journal?.identity;
  let inputs;
  try {
    inputs = inputsFrom(facts, store, identityOf(name, spec, { given, recorded, env }));
  } catch (error) {
    notAsked.push({ what: "AWS and Kubernetes", why: inOneLine(error) });
    return clusterStatusOf({ ...facts, cloud: undefined, kubernetes: undefined });
  }
  const [cloud, api, differences] = await Promise.all([
    lookAtCloud(inputs, journal),
    askKubernetes(inputs, env),
    drift ? lookForDrift(inputs, facts) : undefined,
  ]);
  const more: Facts["notAsked"] = [
    ...("unreachable" in api ? [{ what: "Kubernetes API", why: api.unreachable }] : []),
    ...(differences && "unknown" in differences ? [{ what: "drift", why: differences.unknown }] : []),
  ];
  return clusterStatusOf({
    ...facts,
    notAsked: [...notAsked, ...more],
    cloud,
    kubernetes: "server" in api ? api : undefined,
    ...(differences && "lines" in differences && { drift: differences.lines }),
  });
}

/** The clusters with manifests, and those of which only a journal is left. */
async function allIn(store: ObjectStore): Promise<string[]> {
  const [living, known] = await Promise.all([clustersIn(store), store.folders(ownFolder)]);
  return [...new Set([...living, ...known.filter((name) => name.includes("."))])].sort();
}

/** What the store tells of each cluster: AWS and Kubernetes are asked for one cluster at a time. */
async function overview(store: ObjectStore, names: readonly string[], now: Date): Promise<ClusterStatus[]> {
  const found: ClusterStatus[] = [];
  for (let from = 0; from < names.length; from += 8) {
    const part = await Promise.all(names.slice(from, from + 8).map((name) => readStoreFacts(store, name, now)));
    for (const facts of part)
      if (facts)
        found.push(
          clusterStatusOf({
            ...facts,
            cloud: undefined,
            kubernetes: undefined,
            notAsked: [...facts.notAsked, { what: "AWS and Kubernetes", why: "name the cluster to ask them" }],
          }),
        );
  }
  return found;
}

/** The error for a cluster that the store does not have. */
export function noCluster(store: Pick<ObjectStore, "url">, name: string): ConfigError {
  return new ConfigError({
    what: `There is no cluster ${name} in ${store.url}`,
    why: "the store has neither its manifest nor its journal",
    next: `\`npx pilot status ${store.url}\` lists those it has`,
  });
}

/** Follows the operation of a cluster. The Kubernetes API is not asked: the history tells node by node. */
async function follow(facts: StoreFacts, opened: Opened, { env }: Shell, given: Partial<Shell>): Promise<number> {
  const { store } = opened;
  const signal = untilStopped(given);
  let cloud: Facts["cloud"];
  const statusOf = async (one: StoreFacts, fresh: boolean): Promise<ClusterStatus> => {
    if (fresh || cloud === undefined) cloud = await cloudOf(one, opened, env);
    return clusterStatusOf({ ...one, cloud, kubernetes: undefined });
  };
  const look = (): ReturnType<typeof lookOf> => lookOf(process.stdout, env);
  return await watchCluster({
    ...{ store, facts, statusOf, look, signal, print: console.log, now: () => new Date() },
    screen: look().live ? await terminal() : undefined,
    sleep: (ms) => wait(ms, undefined, { signal }).catch(() => undefined),
  });
}

/** Tells the state of a cluster, or of all clusters of a store in a line each. It only reads. */
export async function status(typed: StatusTyped, given: Partial<Shell>): Promise<Result> {
  const shell = shellOf(typed, given);
  const { env, now } = shell;
  const { json = false, drift = false, watch = false } = typed.options;
  const opened = await openTyped(typed, shell);
  const { store, words } = opened;
  const [word, ...more] = words;
  if (more.length > 0) throw typed.refusal(`it takes one cluster, not ${more.join(" ")} too`);
  if (word === undefined && (drift || watch)) throw typed.refusal(`${watch ? "--watch" : "--drift"} needs a cluster`);
  if (watch && (json || drift)) throw typed.refusal("--watch goes with neither --json nor --drift");
  let clusters: ClusterStatus[];
  if (word === undefined) {
    const names = await firstLook(opened.given, () => allIn(store));
    clusters = await overview(store, names, now);
  } else {
    const name = await clusterNamed(word, opened);
    const facts = await firstLook(opened.given, () => readStoreFacts(store, name, now));
    if (facts === undefined) throw noCluster(store, name);
    await refuseMovedOut(store, name);
    if (watch) return await follow(facts, opened, shell, given);
    clusters = [await fullStatus(facts, opened, { env, drift })];
  }
  const document: StatusDocument = { version: 1, at: now.toISOString(), store: store.url, clusters };
  const look = lookOf(process.stdout, env);
  const [only] = clusters;
  if (json) console.log(JSON.stringify(document, undefined, 2));
  else if (word !== undefined && only) console.log(statusLines(only, store.url, look, now).join("\n"));
  else if (clusters.length === 0) console.log(`There is no cluster in ${store.url}.`);
  else console.log(overviewLines(clusters, look).join("\n"));
  return exitCodeOf(clusters);
}
