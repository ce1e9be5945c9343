import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { serveCredentialsToKops } from "../../providers/kops/kops-cli/credentials.ts";
import { withOwnAssets } from "../../providers/kops/kops-cli/asset-url.ts";
import { kopsBinary } from "../../providers/kops/kops-cli/binary.ts";
import { defaultRetain } from "../../providers/kops/delete/deletion-archive.ts";
import {
  destroyPlan,
  destroyPlanText,
  parseListed,
  refuseNothing,
} from "../../providers/kops/kops-cli/output/delete-plan.ts";
import type { DestroyPlan, Listed } from "../../providers/kops/kops-cli/output/delete-plan.ts";
import { byOwnership } from "../../providers/kops/delete/ownership.ts";
import { deletionBlockers } from "../../providers/kops/delete/refuse-deletion.ts";
import { refuseForeignRemoval } from "../../providers/kops/delete/own-folder.ts";
import { resourcesOf } from "../../providers/kops/aws/resources/cluster-resources.ts";
import type { Resource } from "../../providers/kops/aws/resources/resource.ts";
import { namesOf } from "../../providers/kops/store/made-names.ts";
import type { MadeNames } from "../../providers/kops/store/made-names.ts";
import { ConfigError, namingLog } from "../../providers/kops/model/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { endingWith } from "../../providers/kops/runtime/ending.ts";
import { kopsEnvironment } from "../../providers/kops/kops-cli/environment.ts";
import { Kops } from "../../providers/kops/kops-cli/kops.ts";
import { openLog } from "../../providers/kops/runtime/log.ts";
import type { Progress } from "../../providers/kops/runtime/progress.ts";
import { placesOf } from "../../providers/kops/store/places.ts";
import { withScratch } from "../../providers/kops/runtime/scratch.ts";
import { liveClusterSpec } from "../../providers/kops/store/manifests.ts";
import { isRecord } from "../../providers/kops/model/spec.ts";
import type { ObjectStore } from "../../providers/kops/store/store.ts";
import { clusterCommand } from "./cluster-command.ts";
import type { Open } from "./cluster-command.ts";
import { identityText, identityUsage } from "./given-identity.ts";
import type { GivenIdentity } from "./given-identity.ts";

const usage = "npm run kops:destroy-plan -- s3://store cluster [--json]";

export function staysOf(store: ObjectStore, cluster: string, spec: Record<string, unknown>): string[] {
  const subnets = (Array.isArray(spec["subnets"]) ? spec["subnets"].filter(isRecord) : [])
    .map(({ id }) => id)
    .filter((id): id is string => typeof id === "string");
  const { networkID: vpc, dnsZone: zone } = spec;
  return [
    ...(typeof vpc === "string" ? [`VPC ${vpc}`] : []),
    ...(subnets.length > 0 ? [`subnets ${subnets.join(", ")}`] : []),
    ...(typeof zone === "string" ? [`hosted zone ${zone}, without the cluster's records`] : []),
    `everything in its folder, with keys and etcd backups, in ${store.url}/${placesOf(cluster).archive}/, for ` +
      `deletion.retain (${defaultRetain} unless set)`,
  ];
}

/**
 * As whom the cloud is asked: as the command says, else as the last run worked on the cluster, by its journal, else as
 * this shell. In another account than the cluster's there would be nothing to delete.
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
  // Zones of the subnets: kOps itself knows the region by nothing else.
  const zones = (Array.isArray(spec["subnets"]) ? spec["subnets"].filter(isRecord) : [])
    .map(({ zone }) => zone)
    .filter((zone): zone is string => typeof zone === "string");
  const region = recorded?.region ?? zones[0]?.replace(/[a-z]$/, "") ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (region === undefined)
    throw new ConfigError({
      what: `The region of ${cluster} is not known`,
      why: "neither its journal nor a subnet of its manifest tells it",
      next: "set AWS_REGION, and run the same command again",
    });
  return { ...(given ?? recorded), region };
}

/** Its own progress goes to standard error: what it says on standard output is for programs too. */
const progress: Progress = { say: console.error };

/**
 * Says what a destroy would delete, what stays, and what the workloads made: Pulumi's own preview of a destroy asks no
 * provider. Changes nothing.
 */
export async function destroying(argv: readonly string[], env: NodeJS.ProcessEnv, open: Open): Promise<string> {
  const { store, cluster, words, given } = await clusterCommand(argv, usage, open);
  const unknown = words.filter((word) => word !== "--json");
  if (unknown.length > 0)
    throw new ConfigError({
      what: "The command was not understood",
      why: `it knows no ${unknown.join(" ")}`,
      next: `${usage} ${identityUsage}`,
    });
  const json = words.length > 0;
  const spec = (await liveClusterSpec(store, cluster)) ?? {};
  await refuseForeignRemoval(store, cluster, spec);
  const journal = await readJournal(store, cluster);
  const version = journal?.applied?.kopsVersion ?? (await store.get(`${cluster}/kops-version.txt`))?.body.trim();
  if (!version)
    throw new ConfigError({
      what: `The kOps version of ${cluster} is not known`,
      why: "neither the journal nor kops-version.txt has one",
      next: "run `pulumi up` once",
    });
  const identity = identityOf(cluster, spec, { given, recorded: journal?.identity, env });
  const { region } = identity;
  const names = await namesOf(store, { name: cluster, cluster: spec, instanceGroups: {} }, journal, spec);
  const { listed, found } = await whatIs({ names, store, version, identity, env });
  refuseNothing(cluster, listed, journal, { region, asWhom: identityText(identity) });
  const plan = planOf(names, { listed, found }, journal, staysOf(store, cluster, spec));
  return json ? JSON.stringify(plan, null, 2) : destroyPlanText(plan);
}

/** The plan of a destroy, by what was seen. */
export function planOf(
  names: MadeNames,
  { listed, found }: Seen,
  journal: Pick<Journal, "workloadResources" | "deletionProtection"> | undefined,
  stays: readonly string[],
): DestroyPlan {
  const workloadResources = journal?.workloadResources ?? "stop";
  const { cluster: own, workload, unproven } = byOwnership(names, found);
  const { holders, others } = deletionBlockers(names, found, workloadResources);
  return destroyPlan({
    cluster: names.cluster,
    listed,
    own,
    workload,
    unproven,
    blockedBy: [...holders, ...others],
    stays,
    workloadResources,
    protected: journal?.deletionProtection === true,
  });
}

/** What kOps lists of a cluster, and what was found beside that. */
interface Seen {
  listed: Listed[];
  found: Resource[];
}

interface Asked {
  names: MadeNames;
  store: Pick<ObjectStore, "url">;
  version: string;
  identity: AwsIdentity & { region: string };
  env: NodeJS.ProcessEnv;
}

/** What kOps would delete of the cluster, and what in its region may be the cluster's. */
export async function whatIs({ names, store, version, identity, env }: Asked): Promise<Seen> {
  const { cluster } = names;
  const binary = await kopsBinary(version, env);
  const log = await openLog(cluster, "destroy-plan", env);
  return await endingWith({ what: `write ${log.path} to its end`, end: () => log.close() }, progress, async () => {
    try {
      return await withScratch(async (folder) => {
        const lent = await serveCredentialsToKops(identity, folder, env);
        return await endingWith(
          { what: "end the lending of credentials", end: () => lent.close() },
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
                credentials: lent.env,
              }),
              apiServer: () => Promise.resolve(undefined),
            });
            const [output, found] = await Promise.all([
              kops.run({ args: ["delete", "cluster", "--name", cluster] }),
              resourcesOf(identity, names),
            ]);
            return { listed: parseListed(output.stdout), found };
          },
        );
      }, env);
    } catch (thrown) {
      throw namingLog(thrown, log.path);
    }
  });
}
