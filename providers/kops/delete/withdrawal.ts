import yaml from "js-yaml";
import { awsClient } from "../aws/client.ts";
import type { AwsIdentity } from "../aws/identity.ts";
import { removeClusterTag, subnetsTaggedFor } from "../aws/tag-restoration.ts";
import { replaceManifests } from "../kops-cli/kops.ts";
import { ConfigError, KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { desiredSpec } from "../model/spec.ts";
import type { Operation } from "../operation/operation.ts";
import { readJournal } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { forgetCommand, isReleasable, lifecycleOf, lifecycleText, withdrawCommand } from "../store/lifecycle.ts";
import { manifestEtags } from "../store/manifests.ts";
import { deleteCluster } from "./delete.ts";

/** A withdrawal and its confirmations. */
export interface Withdrawal {
  /** URL of the state store. */
  store: string;
  /** `--owner`: repeats the owner. */
  owner?: string | undefined;
  /** `--living`: repeats the name, to delete a cluster that may run. */
  living?: string | undefined;
}

/** Refuses to withdraw a protected cluster, one of another owner, or one that may run. */
export function refuseWithdrawal(journal: Journal, { store, owner, living }: Withdrawal): void {
  const { cluster } = journal;
  const refuse = (what: string, why: string, next: string): never => {
    throw new ConfigError({ what, why, next });
  };
  if (owner !== undefined && owner !== journal.owner)
    refuse(
      `Cluster ${cluster} is not withdrawn`,
      `it belongs to ${journal.owner}, not to ${owner}`,
      `look at it without --yes: ${withdrawCommand(store, cluster)}`,
    );
  if (journal.deletionProtection === true) {
    refuse(
      `Cluster ${cluster} is protected from deletion`,
      "deletionProtection is true in the journal in the state store",
      "ask for the cluster again with deletionProtection: false and run `pulumi up` (its first step takes the " +
        "protection off, also when the rest fails), then run the same command again",
    );
  }
  if (living === cluster) return;
  if (living !== undefined)
    refuse(
      `Cluster ${cluster} is not withdrawn`,
      `--living repeats another name: ${living}`,
      "repeat the cluster's full name",
    );
  const standing = lifecycleOf(journal);
  if (standing === "begun" || standing === "deleting") return;
  const what = `Cluster ${cluster} may run, and is not withdrawn`;
  const why = `it is ${lifecycleText(journal)}`;
  const anyway = `to delete it all the same, add --living ${cluster}`;
  if (isReleasable(journal))
    refuse(what, why, `release it as it was, nothing was written: ${forgetCommand(store, cluster)}; ${anyway}`);
  if (standing === "adopting")
    refuse(
      what,
      why,
      `finish the adoption by \`pulumi up\` with its file, then release or delete the cluster; ${anyway}`,
    );
  if (standing === "living")
    refuse(
      what,
      why,
      `take its file out and run \`pulumi up\`, which deletes it (put the file back and run \`pulumi up\` once, ` +
        `if Pulumi's state lost it; to keep it without this program: ${forgetCommand(store, cluster)}); ${anyway}`,
    );
  refuse(what, why, `if this stack adopted it, finish that by \`pulumi up\`; if it made it: ${anyway}`);
}

/** Inputs of a deletion from the journal, because no program has the cluster any more. */
export function inputsOf(
  journal: Journal,
  { store, identity, kopsVersion }: { store: string; identity: AwsIdentity; kopsVersion: string },
): KopsClusterInputs {
  const spec = journal.lastApplied ?? journal.applied?.spec;
  const { region, profile, assumeRole, aws } = identity;
  const featureFlags = journal.kops?.featureFlags;
  return {
    name: journal.cluster,
    stateStore: store,
    region,
    ...(profile !== undefined && { profile }),
    ...(assumeRole && { assumeRole }),
    ...(aws && { aws }),
    kopsVersion,
    ...(featureFlags && { featureFlags }),
    cluster: spec?.cluster ?? {},
    instanceGroups: spec?.instanceGroups ?? {},
    owner: journal.owner,
    ...(journal.workloadResources && { deletion: { workloadResources: journal.workloadResources } }),
    // As in other commands: the roll of a running operation may take hours.
    timeouts: { lock: "65s" },
  };
}

/**
 * The smallest Cluster manifest with which kOps can delete: kOps finds resources by tags, and the region by the zone of
 * a subnet (BuildCloud in upup/pkg/fi/cloudup). `kops delete cluster --external` should need no manifest, but panics
 * (ListResources in pkg/resources/ops, 1.35.0).
 */
export function leastManifest({ cluster, store, zone }: { cluster: string; store: string; zone: string }): string {
  return yaml.dump({
    apiVersion: "kops.k8s.io/v1alpha2",
    kind: "Cluster",
    metadata: { name: cluster },
    spec: {
      cloudProvider: "aws",
      configBase: `${store.replace(/\/$/, "")}/${cluster}`,
      subnets: [{ name: zone, type: "Private", zone }],
    },
  });
}

/** Any zone of the region. */
export async function someZone(identity: AwsIdentity): Promise<string> {
  const { DescribeAvailabilityZonesCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const { AvailabilityZones: [zone] = [] } = await awsClient(EC2Client, identity).send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: "zone-type", Values: ["availability-zone"] }] }),
  );
  if (zone?.ZoneName === undefined)
    throw new KopsError({
      what: `No availability zone of ${identity.region} can be found`,
      why: "AWS lists none",
      next: "check the region, then run the same command again",
    });
  return zone.ZoneName;
}

/**
 * Step ManifestsPutBack: kOps deletes only a cluster that has a manifest. If the store has none, writes the one last
 * applied, or the smallest one.
 */
async function provideManifest(operation: Operation): Promise<void> {
  const { journal, context } = operation;
  const { inputs, store, progress } = context;
  const { config } = kopsKeysOf(inputs.name);
  if (journal.deletion?.begun !== undefined || config in (await manifestEtags(store, inputs.name))) return;
  progress.say("the store has no manifest of the cluster: writing one to delete it");
  await operation.step("ManifestsPutBack", async () => {
    if (journal.lastApplied === undefined)
      await store.put(
        config,
        leastManifest({ cluster: inputs.name, store: inputs.stateStore, zone: await someZone(inputs) }),
        { ifAbsent: true },
      );
    else await replaceManifests(context, desiredSpec(inputs));
    return [];
  });
}

/**
 * Deletes a cluster that a stack began and no longer has, by the provider's own deletion: under lock and supervisor,
 * archive first, resumed after an interruption. Also removes the cluster's tag from shared subnets, even if it was
 * there before kOps: a killed program may have left it, unknown to Pulumi's state, and it has no use any more.
 */
export async function withdrawCluster(
  inputs: KopsClusterInputs,
  withdrawal: Withdrawal,
  signal: AbortSignal,
): Promise<void> {
  await deleteCluster(inputs, signal, {
    async first(operation) {
      // While this command waited for the lock, another run may have brought the cluster up.
      const now = await readJournal(operation.context.store, inputs.name);
      if (now) refuseWithdrawal(now, withdrawal);
      await provideManifest(operation);
    },
    async last({ context: { progress } }) {
      const subnets = await subnetsTaggedFor(inputs, inputs.name);
      await removeClusterTag(inputs, inputs.name, subnets);
      if (subnets.length > 0) progress.say(`removed the cluster's tag from ${subnets.join(", ")}`);
    },
  });
}
