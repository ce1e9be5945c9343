import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { adoptAsIs } from "./adopt.ts";
import { archiveManifests } from "../store/archive.ts";
import { isReady } from "../conditions.ts";
import type { Finding } from "../conditions.ts";
import { milliseconds } from "../duration.ts";
import { ConfigError, KopsError } from "../errors.ts";
import { groupsWithoutImage, knownImages, takesNewImages } from "../plan/images.ts";
import { refuseLeftovers } from "./leftovers.ts";
import { observeInstanceGroups } from "../observe/observe.ts";
import { observeOutputs } from "../observe/observe-outputs.ts";
import type { KopsClusterOutputs } from "../outputs.ts";
import { kopsKeysOf } from "../store/places.ts";
import { groupsIn, planFor } from "../plan/preview.ts";
import { recoverFromDeletion } from "../delete/recover-from-deletion.ts";
import { controlPlaneRoles, nodeRoles, roll, rolesFlag } from "../roll/roll.ts";
import { writeSecrets } from "../secrets/secrets.ts";
import { liveCluster, manifestEtags } from "../run/session.ts";
import type { Desk, Operating } from "../run/session.ts";
import { canonicalJson, desiredSpec, isControlPlane, manifestOf, roleOf, specIn, withAssignments, withImages } from "../spec.ts";
import { stopAt } from "../run/stops.ts";
import { taggedSharedSubnets } from "../aws/subnet-tags.ts";
import { refuseOneWay } from "./told.ts";
import { updateFlags } from "../run/update-flags.ts";
import { isBehind, withVersionGuard } from "./version-guard.ts";
import { observeVersions, waitingNodes } from "../roll/waiting-nodes.ts";
import { waitFor } from "../run/wait.ts";
import { followApply } from "../run/watch.ts";

/**
 * The way from the manifests to a cluster that is as asked for.
 * - `new`: nothing runs yet; everything is applied at once, nothing is rolled.
 * - `nodes`: the plan says that no control-plane node is touched.
 * - `whole`: control plane first, then nodes. Also the way whenever it is not certain how far an earlier run came.
 */
type Route = "new" | "nodes" | "whole";

/** etcd's members live on the control-plane groups' volumes: dropping a group drops a member, and the quorum with it. */
function refuseLeavingControlPlane(operating: Operating, leaves: readonly string[], specs: ReadonlyMap<string, Record<string, unknown>>): void {
  const members = leaves.filter((group) => {
    const spec = specs.get(group);
    return spec !== undefined && roleOf(spec) === "ControlPlane";
  });
  if (members.length === 0 || operating.desk.inputs.allow?.includes("controlPlaneGroups") === true) return;
  throw new ConfigError({
    what: `Control-plane group ${members.join(", ")} of ${operating.desk.inputs.name} cannot leave`,
    why: "its node holds an etcd member; removing the group removes the member without telling etcd",
    next: "put the group back; to move a member see https://kops.sigs.k8s.io/operations/etcd_administration/, then set allow: [\"controlPlaneGroups\"]",
  });
}

/** Images for the groups that name none: those they have, for new groups those of the plan. */
async function imagesFor(desk: Operating["desk"]): Promise<Record<string, string>> {
  const { inputs, store } = desk;
  const nameless = groupsWithoutImage(inputs.instanceGroups);
  if (nameless.length === 0) return {};
  const known = await knownImages(store, inputs);
  if (!takesNewImages(inputs) && nameless.every((group) => group in known)) return known;
  const { plan } = await planFor(desk);
  return { ...known, ...plan.images };
}

async function write(operating: Operating, leaves: readonly string[]): Promise<void> {
  const { desk, journal } = operating;
  const { inputs, store, kops, folder } = desk;
  const before = await manifestEtags(store, inputs.name);
  const renews = takesNewImages(inputs) && groupsWithoutImage(inputs.instanceGroups).length > 0;
  const unchanged = !renews && journal.written?.digest === operating.digest && canonicalJson(before) === canonicalJson(journal.written.etags);
  if (unchanged) return;
  if (Object.keys(before).length > 0) await archiveManifests(desk, Object.keys(before));
  const spec = withImages(desiredSpec(inputs), await imagesFor(desk));
  const live = await liveCluster(store, inputs.name);
  const manifest = manifestOf(withAssignments(spec, live?.spec), live?.metadata);
  const file = join(folder, "manifest.yaml");
  await writeFile(file, manifest, { mode: 0o600 });
  await kops.run({ args: ["replace", "--force", "-f", file] });
  journal.written = { digest: operating.digest, etags: await manifestEtags(store, inputs.name) };
  journal.instanceGroups = [...new Set([...Object.keys(inputs.instanceGroups), ...leaves])].sort();
}

async function apply(operating: Operating, extra: readonly string[]): Promise<void> {
  const { kops, inputs, progress } = operating.desk;
  await operating.assertManifests();
  const { kopsVersion, cluster, instanceGroups } = inputs;
  operating.journal.told = { kopsVersion, cluster, instanceGroups };
  await operating.save();
  await kops.run({
    args: ["update", "cluster", "--name", inputs.name, "--yes", ...updateFlags(inputs), ...extra],
    onLine: followApply(progress),
  });
}

const validationReport = z.object({
  failures: z.array(z.object({ type: z.string(), name: z.string(), message: z.string() })).nullish(),
  nodes: z.array(z.object({ name: z.string(), role: z.string(), status: z.string() })).nullish(),
});

/** kOps's word on the cluster: nothing when it is valid, else the reasons. */
function validationFailures(stdout: string, stderr: string): string | undefined {
  const start = stdout.indexOf("{");
  if (start < 0) {
    const error = /Error: (.*)/.exec(stderr);
    return error?.[1] ?? "kOps said nothing";
  }
  const report = validationReport.parse(JSON.parse(stdout.slice(start)));
  const failures = report.failures ?? [];
  return failures.length === 0 ? undefined : failures.map(({ name, message }) => `${name}: ${message}`).join("; ");
}

/** Waits until kOps calls the cluster valid. Called without `--wait`: with it kOps prints one document per attempt, unseparated. */
async function validate(operating: Operating): Promise<void> {
  const { kops, inputs, progress, signal, log } = operating.desk;
  const wanted = inputs.validation?.count ?? 1;
  let inARow = 0;
  await waitFor(
    async () => {
      const result = await kops.run({ args: ["validate", "cluster", "--name", inputs.name, "-o", "json"], usesApi: true, mayFail: true });
      const reason = validationFailures(result.stdout, result.stderr);
      inARow = reason === undefined ? inARow + 1 : 0;
      if (inARow >= wanted) return { done: true, value: undefined };
      return { done: false, reason: reason ?? `valid ${inARow} of ${wanted} times in a row` };
    },
    {
      what: `cluster ${inputs.name} to be valid`,
      interval: milliseconds(inputs.validation?.interval ?? "10s"),
      timeout: milliseconds(inputs.validation?.timeout ?? "20m"),
      next: `see ${log.path}, mend the cause and run \`pulumi up\` again`,
      signal,
      progress,
    },
  );
}

async function removeLeaving(operating: Operating, leaves: readonly string[]): Promise<void> {
  const { kops, inputs, progress, store } = operating.desk;
  const { drainInstanceGroup, loginTo } = await import("../kubernetes.ts");
  const login = loginTo(operating.desk);
  for (const group of leaves) {
    await stopAt({ before: `instance group ${group} was removed`, waits: `${group} is still to be drained and deleted`, reasons: ["Paused", "BudgetUsed"] }, operating);
    await operating.assertManifests();
    progress.say(`instance group ${group} leaves: cordoned, now drained`);
    await drainInstanceGroup(login, group, operating.desk);
    await kops.run({ args: ["delete", "instancegroup", group, "--name", inputs.name, "--yes"] });
    operating.progressed = true;
    operating.journal.instanceGroups = operating.journal.instanceGroups.filter((one) => one !== group);
    operating.journal.written = { digest: operating.digest, etags: await manifestEtags(store, inputs.name) };
    await operating.save();
  }
}

const flagsFor = (groups: readonly string[]): string[] => groups.map((group) => `--instance-group=${group}`);

/** Worker groups and bastions that have nothing in the cloud yet. */
async function newGroups({ inputs }: Desk): Promise<string[]> {
  const there = await observeInstanceGroups(inputs);
  return Object.entries(inputs.instanceGroups)
    .filter(([group, spec]) => !(group in there) && !isControlPlane(spec))
    .map(([group]) => group);
}

/**
 * Applies the control plane, and with it the groups that are new: they need not wait for its roll, which may take an
 * hour or be held back. One thing makes them wait: a Kubernetes version that the control plane does not run yet, for a
 * node must never be newer than its API server.
 *
 * By the groups' names, not their role: kOps knows no "these roles and those groups". In one command with the control
 * plane, because kOps renders the add-ons for the groups it is told of (TemplateFunctions in upup/pkg/fi/cloudup).
 */
async function applyControlPlane(operating: Operating): Promise<void> {
  const { desk } = operating;
  const { inputs, progress } = desk;
  const fresh = await newGroups(desk);
  const goAhead = fresh.length > 0 && (await mayJoin(desk, fresh));
  const controlPlane = Object.entries(inputs.instanceGroups).filter(([, spec]) => isControlPlane(spec)).map(([group]) => group);
  progress.say(goAhead ? `applying the control plane, and what is new: ${fresh.join(", ")}` : "applying the control plane");
  await apply(operating, goAhead ? flagsFor([...controlPlane, ...fresh]) : [rolesFlag(controlPlaneRoles)]);
}

async function mayJoin(desk: Desk, fresh: readonly string[]): Promise<boolean> {
  const { inputs, progress } = desk;
  const wanted = inputs.cluster["kubernetesVersion"];
  return await withVersionGuard(desk, (versions) => {
    const why = "unreachable" in versions ? `the Kubernetes API does not say what the control plane runs (${versions.unreachable})` : `the control plane runs ${versions.running.join(", ")}`;
    const may = !("unreachable" in versions) && !isBehind(versions, wanted);
    if (!may) progress.say(`new instance group ${fresh.join(", ")} waits until the control plane is rolled: ${why}, and no node may be newer`);
    return Promise.resolve(may);
  });
}

/**
 * Applies all groups. While control-plane nodes wait for their roll, kOps must see which version they run, or nodes that
 * are launched from now on could be newer than their API server. It then leaves nodes at the older version: what of them
 * waits by that is what this says.
 */
async function applyAll(operating: Operating): Promise<Finding | undefined> {
  const { desk, journal } = operating;
  const controlPlane = journal.conditions.find(({ type }) => type === "ControlPlaneUpToDate");
  if (controlPlane === undefined || controlPlane.status === "True") {
    await apply(operating, []);
    return undefined;
  }
  return await withVersionGuard(desk, async (versions) => {
    if ("unreachable" in versions) {
      throw new KopsError({
        what: `The nodes of ${desk.inputs.name} cannot be applied`,
        why: `the control plane waits for its roll (${controlPlane.message}), and the Kubernetes API does not say which version it runs: ${versions.unreachable}`,
        next: "make the API reachable from here (PILOT_ACCESS), or let the control plane be rolled, and run `pulumi up` again",
      });
    }
    const kept = isBehind(versions, desk.inputs.cluster["kubernetesVersion"])
      ? `nodes stay at Kubernetes ${versions.running.join(", ")} until the control plane is rolled`
      : undefined;
    if (kept) desk.progress.say(kept);
    await apply(operating, []);
    return kept === undefined ? undefined : { type: "NodesUpToDate", status: "False", reason: controlPlane.reason, message: kept };
  });
}

async function chooseRoute(operating: Operating, existed: boolean): Promise<{ route: Route; rollsNodes: boolean }> {
  const { journal, desk } = operating;
  if (!existed) return { route: "new", rollsNodes: false };
  if (operating.continues !== undefined) return { route: journal.applied ? "whole" : "new", rollsNodes: true };
  if (!isReady(journal.conditions) || desk.inputs.rollingUpdate?.force === true) return { route: "whole", rollsNodes: true };
  const [{ plan }, versions] = await Promise.all([planFor(desk), observeVersions(desk.inputs)]);
  // Nodes may wait although nothing changes: somebody else wrote a version of their launch template.
  const waiting = Object.keys(waitingNodes(versions, desk.inputs.instanceGroups, desk.inputs.name));
  if (plan.rolls.some((one) => one.controlPlane) || waiting.some((group) => isControlPlane(desk.inputs.instanceGroups[group] ?? {}))) return { route: "whole", rollsNodes: true };
  return { route: "nodes", rollsNodes: plan.rolls.length > 0 || waiting.length > 0 };
}

/**
 * Brings the cluster to the wanted spec: the one engine behind create and update. Every step may be entered again at any
 * point: it does nothing where nothing is left to do. Order: manifests, control plane applied and rolled, nodes applied
 * and rolled, leaving groups drained and deleted, what is no longer used pruned, the whole validated. Downtime of nodes:
 * one after another, as `kops rolling-update` does it.
 */
export async function converge(operating: Operating): Promise<KopsClusterOutputs> {
  const { inputs, store, progress } = operating.desk;
  await recoverFromDeletion(operating);
  const etags = await manifestEtags(store, inputs.name);
  const exists = kopsKeysOf(inputs.name).config in etags;
  const leaves = groupsIn(etags, inputs.name).filter((group) => !(group in inputs.instanceGroups));
  await refuseOneWay(operating.desk, operating.journal, etags);
  refuseLeavingControlPlane(operating, leaves, await specsOf(operating, leaves));
  if (!exists) await refuseLeftovers(operating);
  if (operating.adopts !== undefined && (await adoptAsIs(operating))) {
    await validated(operating);
    return await finish(operating);
  }
  const { route, rollsNodes } = await chooseRoute(operating, exists);

  if (taggedSharedSubnets(inputs.cluster).length > 0) {
    const { noteSubnetTags } = await import("../aws/shared-subnets.ts");
    await noteSubnetTags(operating);
  }
  await operating.step("SpecWritten", async () => {
    await write(operating, leaves);
    return [{ type: "SpecWritten", status: "True", reason: "Written", message: "" }];
  });

  await writeSecrets(operating);

  if (route === "whole") {
    await operating.step("ControlPlaneApplied", async () => {
      await applyControlPlane(operating);
      return [];
    });
    await operating.step("ControlPlaneRolled", async () => [await roll(operating, { roles: controlPlaneRoles, condition: "ControlPlaneUpToDate" })]);
  }

  let keptBack: Finding | undefined;
  await operating.step("CloudApplied", async () => {
    // A pause is for rolls: it does not keep a change from the cloud.
    const nodes = Object.entries(inputs.instanceGroups).filter(([, spec]) => !isControlPlane(spec)).map(([group]) => group);
    const waits = `${nodes.join(", ")} ${nodes.length === 1 ? "waits" : "wait"} to be applied`;
    if (route === "whole") await stopAt({ before: "the nodes were applied", waits, reasons: ["BudgetUsed"] }, operating);
    progress.say(route === "new" ? "creating the cluster's cloud resources" : "applying the change to the cloud");
    if (route === "new") await apply(operating, []);
    else keptBack = await applyAll(operating);
    return [{ type: "CloudApplied", status: "True", reason: "Applied", message: "" }];
  });

  if (route === "new") {
    await operating.step("ApiServed", async () => {
      progress.say("waiting for the new cluster");
      await validate(operating);
      return [
        { type: "ControlPlaneUpToDate", status: "True", reason: "UpToDate", message: "" },
        { type: "NodesUpToDate", status: "True", reason: "UpToDate", message: "" },
      ];
    });
  }
  if (route === "whole" || rollsNodes) {
    const roles = route === "new" ? [...controlPlaneRoles, ...nodeRoles] : nodeRoles;
    await operating.step("NodesRolled", async () => {
      const found = await roll(operating, { roles, condition: "NodesUpToDate" });
      return [found.status === "True" && keptBack ? keptBack : found];
    });
  }
  if (leaves.length > 0) {
    await operating.step("GroupsLeft", async () => {
      await validate(operating);
      await removeLeaving(operating, leaves);
      return [];
    });
  }
  // What kOps keeps back until `--prune` may still be in use by nodes that wait for their roll.
  const waits = operating.journal.conditions.some(({ type, status }) => (type === "ControlPlaneUpToDate" || type === "NodesUpToDate") && status !== "True");
  if (route === "whole" && !waits) {
    await operating.step("Pruned", async () => {
      await apply(operating, ["--prune"]);
      return [];
    });
  }
  await validated(operating);
  return await finish(operating);
}

async function validated(operating: Operating): Promise<void> {
  await operating.step("Validated", async () => {
    await validate(operating);
    return [{ type: "Validated", status: "True", reason: "Valid", message: "" }];
  });
}

async function specsOf(operating: Operating, groups: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
  const { store, inputs } = operating.desk;
  const specs = new Map<string, Record<string, unknown>>();
  for (const group of groups) {
    const object = await store.get(`${kopsKeysOf(inputs.name).instanceGroups}${group}`);
    if (object) specs.set(group, specIn(object.body));
  }
  return specs;
}

async function finish(operating: Operating): Promise<KopsClusterOutputs> {
  const { desk, journal } = operating;
  const { inputs, progress } = desk;
  const seen = await observeOutputs(desk);
  const at = new Date().toISOString();
  const verb = journal.operation?.verb ?? "update";
  const revision = (journal.applied?.revision ?? 0) + (journal.applied?.digest === operating.digest ? 0 : 1);
  const lastOperation = { verb, ended: at };
  journal.applied = { digest: operating.digest, kopsVersion: inputs.kopsVersion, revision, at };
  journal.outputs = { ...seen, lastOperation };
  delete journal.operation;
  await operating.save();
  progress.say("the cluster is as asked for");
  return { ...seen, conditions: journal.conditions, revision, appliedDigest: operating.digest, lastOperation };
}
