import type { AwsIdentity } from "../providers/kops/aws/identity.ts";
import { resourcesOf } from "../providers/kops/aws/resources/cluster-resources.ts";
import type { Resource } from "../providers/kops/aws/resources/resource.ts";
import { deletionBlockers } from "../providers/kops/delete/refuse-deletion.ts";
import { byOwnership } from "../providers/kops/delete/ownership.ts";
import { defaultRetain } from "../providers/kops/delete/deletion-archive.ts";
import { refuseNothing, destroyPlanText, destroyPlan } from "../providers/kops/delete/destroy-plan.ts";
import type { DestroyPlan } from "../providers/kops/delete/destroy-plan.ts";
import { refuseForeignRemoval } from "../providers/kops/delete/own-folder.ts";
import { confirmAccount } from "../providers/kops/operation/same-account.ts";
import { kopsBinary } from "../providers/kops/kops-cli/binary.ts";
import { serveCredentialsToKops } from "../providers/kops/kops-cli/credentials.ts";
import { withOwnAssets, kopsEnvironment } from "../providers/kops/kops-cli/environment.ts";
import { planDeletion } from "../providers/kops/kops-cli/flags.ts";
import { Kops } from "../providers/kops/kops-cli/kops.ts";
import { parseListed } from "../providers/kops/kops-cli/output/delete-cluster.ts";
import type { Listed } from "../providers/kops/kops-cli/output/delete-cluster.ts";
import type { KopsNames } from "../providers/kops/model/cloud-names.ts";
import { settingsWithoutCredentials } from "../providers/kops/model/aws-settings.ts";
import { ConfigError, withLogPath } from "../providers/kops/model/errors.ts";
import { isRecord } from "../providers/kops/model/spec.ts";
import { openLog } from "../providers/kops/runtime/log.ts";
import { withCleanup } from "../providers/kops/runtime/progress.ts";
import type { Progress } from "../providers/kops/runtime/progress.ts";
import { withScratch } from "../providers/kops/runtime/scratch.ts";
import { readJournal } from "../providers/kops/store/journal.ts";
import type { Journal } from "../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../providers/kops/store/keys.ts";
import { readKopsNames, liveClusterSpec } from "../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import type { GivenIdentity, Shell } from "./base/shell.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import { identityText } from "./given-identity.ts";
import type { StoreTyped } from "./given-identity.ts";

function ofSubnets(spec: Record<string, unknown>, key: string): string[] {
  const subnets = Array.isArray(spec["subnets"]) ? spec["subnets"].filter(isRecord) : [];
  return subnets.map((subnet) => subnet[key]).filter((value): value is string => typeof value === "string");
}

/** What a destroy keeps. */
export function keptOf(store: ObjectStore, cluster: string, spec: Record<string, unknown>): string[] {
  const subnets = ofSubnets(spec, "id");
  const { networkID: vpc, dnsZone: zone } = spec;
  return [
    ...(typeof vpc === "string" ? [`VPC ${vpc}`] : []),
    ...(subnets.length > 0 ? [`subnets ${subnets.join(", ")}`] : []),
    ...(typeof zone === "string" ? [`hosted zone ${zone}, without the cluster's records`] : []),
    `everything in its folder, with keys and etcd backups, in ${store.url}/${pilotKeysOf(cluster).archive}/, for ` +
      `deletion.retain (${defaultRetain} unless set)`,
  ];
}

/**
 * The identity that reads the cloud: the given one, else that of the last run in the journal, else that of this shell.
 * In another account than the cluster's there would be nothing to delete.
 */
export function identityOf(
  cluster: string,
  spec: Record<string, unknown>,
  {
    given,
    recorded,
    env,
  }: { given: GivenIdentity | undefined; recorded: AwsIdentity | undefined; env: NodeJS.ProcessEnv },
): AwsIdentity {
  // kOps itself takes the region from the zones of the subnets.
  const [zone] = ofSubnets(spec, "zone");
  const region = recorded?.region ?? zone?.replace(/[a-z]$/, "") ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (region === undefined)
    throw new ConfigError({
      what: `The region of ${cluster} is not known`,
      why: "neither its journal nor a subnet of its manifest has it",
      next: "set AWS_REGION, and run the same command again",
    });
  if (!given) return { ...recorded, region };
  const aws = recorded?.aws && settingsWithoutCredentials(recorded.aws);
  return { ...given, ...(aws && { aws }), region };
}

/** Progress goes to standard error, as programs read standard output. */
const progress: Progress = { say: console.error };

/**
 * Shows what a destroy would delete, what stays, and what the workloads made, as Pulumi's preview of a destroy asks no
 * provider. Changes nothing.
 */
export async function showDestroyPlan(typed: StoreTyped<never, "json">, surroundings: Partial<Shell>): Promise<string> {
  const shell = shellOf(typed, surroundings);
  const { env } = shell;
  const { store, cluster, words, given } = await existingTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const spec = (await liveClusterSpec(store, cluster)) ?? {};
  await refuseForeignRemoval(store, cluster, spec);
  const journal = await readJournal(store, cluster);
  const version = await kopsVersionOf(store, cluster, journal?.applied?.kopsVersion, "run `pulumi up` once");
  const identity = identityOf(cluster, spec, { given, recorded: journal?.identity, env });
  await confirmAccount(cluster, identity, journal, "--profile NAME or --assume-role ARN");
  const names = await readKopsNames(store, { name: cluster, cluster: spec, instanceGroups: {} }, journal, spec);
  const { listed, found } = await findResources({ names, store, version, identity, env });
  refuseNothing(cluster, listed, journal, { region: identity.region, asWhom: identityText(identity) });
  const plan = planOf(names, { listed, found }, journal, keptOf(store, cluster, spec));
  return typed.options.json ? JSON.stringify(plan, null, 2) : destroyPlanText(plan);
}

/** The version of kOps in the journal, else in the store. */
export async function kopsVersionOf(
  store: ObjectStore,
  cluster: string,
  recorded: string | undefined,
  next: string,
): Promise<string> {
  const version = recorded ?? (await store.get(`${cluster}/kops-version.txt`))?.body.trim();
  if (version) return version;
  const why = "neither the journal nor kops-version.txt has one";
  throw new ConfigError({ what: `The kOps version of ${cluster} is not known`, why, next });
}

/** The plan of a destroy. */
export function planOf(
  names: KopsNames,
  { listed, found }: Found,
  journal: Pick<Journal, "workloadResources" | "deletionProtection"> | undefined,
  stays: readonly string[],
): DestroyPlan {
  const workloadResources = journal?.workloadResources ?? "stop";
  const { cluster: own, workload, unproven } = byOwnership(names, found);
  const { usedByOthers, ofOtherClusters } = deletionBlockers(names, found, workloadResources);
  return destroyPlan({
    cluster: names.cluster,
    listed,
    own,
    workload,
    unproven,
    blockedBy: [...usedByOthers, ...ofOtherClusters],
    stays,
    workloadResources,
    protected: journal?.deletionProtection === true,
  });
}

/** Resources of a cluster: those that kOps lists, and those found by their names and tags. */
interface Found {
  listed: Listed[];
  found: Resource[];
}

export interface Search {
  names: KopsNames;
  store: Pick<ObjectStore, "url">;
  version: string;
  identity: AwsIdentity & { region: string };
  env: NodeJS.ProcessEnv;
}

/** Lists what kOps would delete, and what in the region may belong to the cluster. */
export async function findResources({ names, store, version, identity, env }: Search): Promise<Found> {
  const { cluster } = names;
  const binary = await kopsBinary(version, env);
  const log = await openLog(cluster, "destroy-plan", env);
  return await withCleanup({ what: `write ${log.path} to its end`, end: () => log.close() }, progress, async () => {
    try {
      return await withScratch(async (folder) => {
        const credentials = await serveCredentialsToKops(identity, folder, env);
        return await withCleanup(
          { what: "stop serving credentials", end: () => credentials.close() },
          progress,
          async () => {
            const kops = new Kops({
              binary,
              cluster,
              store: store.url,
              folder,
              log,
              signal: new AbortController().signal,
              env: kopsEnvironment(withOwnAssets(env, version), {
                region: identity.region,
                folder,
                credentials: credentials.env,
                aws: identity.aws,
              }),
              apiServer: () => Promise.resolve(undefined),
            });
            const [output, found] = await Promise.all([
              kops.run({ args: planDeletion(cluster) }),
              resourcesOf(identity, names),
            ]);
            return { listed: parseListed(output.stdout), found };
          },
        );
      }, env);
    } catch (thrown) {
      throw withLogPath(thrown, log.path);
    }
  });
}
