/** A promise that a few words of the provider's code keep, and the tests that notice when they are gone. */
export interface GuardedPromise {
  /** The promise as a sentence; `--only` searches it. */
  readonly name: string;
  readonly file: string;
  /** The text that keeps the promise; occurs exactly once. */
  readonly text: string;
  /** The text that breaks the promise. */
  readonly broken: string;
  /** Test files of which at least one must then fail. */
  readonly tests: readonly string[];
}

const kops = "providers/kops/";
const tests = "tests/providers/kops/";
const change = [`${tests}converge/order.test.ts`];
const deletion = [`${tests}delete/order.test.ts`];
const preview = [`${tests}plan/preview.test.ts`];
const karpenter = [`${tests}converge/karpenter.test.ts`];

/**
 * The promises that cost most when they are broken. Add a line for a new guard in the provider, and change the text
 * here when it changes there (promises.test.ts fails until then).
 */
export const promises: readonly GuardedPromise[] = [
  // Before a write.
  {
    name: "a cluster of another owner is refused",
    file: `${kops}operation/operation.ts`,
    text: `if (foreignOwner === undefined || (inputs.adopt === true && verb !== "delete")) return foreignOwner;`,
    broken: "if (foreignOwner !== null) return foreignOwner;",
    tests: [...change, ...deletion],
  },
  {
    name: "services among the pods, or where the VPC or a peer is, are refused",
    file: `${kops}model/ranges.ts`,
    text: `meets(services.block, [...network, ...peers]), lost, true);`,
    broken: "undefined, lost, true);",
    tests: ["tests/providers/kops/model/ranges.test.ts"],
  },
  {
    name: "a deletion is refused to another owner, whatever adopt says",
    file: `${kops}operation/operation.ts`,
    text: `(inputs.adopt === true && verb !== "delete")`,
    broken: "inputs.adopt === true",
    tests: deletion,
  },
  {
    name: "a control-plane group is not removed by a change",
    file: `${kops}converge/converge.ts`,
    text: "  refuseRemovedControlPlane(operation, removed, removedSpecs);\n",
    broken: "",
    tests: change,
  },
  {
    name: "a cluster that the cloud runs is not made anew",
    file: `${kops}converge/converge.ts`,
    text: "  if (!exists) await refuseRunningWithoutManifests(context);\n",
    broken: "",
    tests: change,
  },
  {
    name: "an irreversible change is refused",
    file: `${kops}converge/preconditions.ts`,
    text: "if (refusals.length === 0) return;",
    broken: "if (refusals.length >= 0) return;",
    tests: [`${tests}converge/converge.test.ts`],
  },
  {
    name: "manifests changed since the plan are not written over",
    file: `${kops}converge/steps/spec-written.ts`,
    text: "  if (changed.length === 0) return;",
    broken: "  if (changed.length >= 0) return;",
    tests: [`${tests}converge/converge.test.ts`],
  },
  {
    name: "manifests are archived before they are written over",
    file: `${kops}converge/steps/spec-written.ts`,
    text: "  if (Object.keys(before).length > 0) await archiveManifests(context, Object.keys(before));\n",
    broken: "",
    tests: change,
  },

  // The lock and the journal.
  {
    name: "a lock is taken over only from a dead run",
    file: `${kops}store/lock.ts`,
    text: "if (!isAbandoned(held, { machine, unchangedFor: Date.now() - watched.since, lifetime })) return undefined;",
    broken: "",
    tests: [`${tests}store/lock.test.ts`],
  },
  {
    name: "a lock is taken over on condition that nobody else did",
    file: `${kops}store/lock.ts`,
    text: "return await store.put(key, text(), { ifAbsent: true });",
    broken: "return await store.put(key, text());",
    tests: [`${tests}store/lock.test.ts`],
  },
  {
    name: "the journal is written only over what this run wrote",
    file: `${kops}store/journal.ts`,
    text: "this.#etag === undefined ? { ifAbsent: true } : { ifMatch: this.#etag }",
    broken: "undefined",
    tests: [`${tests}operation/operation.test.ts`],
  },
  {
    name: "the journal is not written without the lock",
    file: `${kops}operation/operation.ts`,
    text: "        this.#lock.assertHeld();\n        await change();",
    broken: "        await change();",
    tests: [`${tests}operation/operation.test.ts`],
  },
  {
    name: "the supervisor learns of each renewal of the lease",
    file: `${kops}kops-cli/kops.ts`,
    text: "const unsubscribe = lease?.onRenewed(tell);",
    broken: "const unsubscribe = lease?.onRenewed(() => undefined);",
    tests: [`${tests}operation/lease.test.ts`],
  },
  {
    name: "the supervisor ends kOps when the lease is over",
    file: `${kops}kops-cli/supervisor.mjs`,
    text: `.on("data", holdOnFor)`,
    broken: `.on("data", () => undefined)`,
    tests: [`${tests}operation/lease.test.ts`],
  },
  {
    name: "kOps ends with the provider that started it",
    file: `${kops}kops-cli/supervisor.mjs`,
    text: `.on("end", stop).on("close", stop).on("error", stop)`,
    broken: "",
    tests: [`${tests}runtime/orphans.test.ts`],
  },
  {
    name: "the journal has the spec before kOps applies it",
    file: `${kops}converge/steps/apply.ts`,
    text: "  operation.journal.lastApplied = { kopsVersion, cluster, instanceGroups };\n  await operation.save();\n",
    broken: "  operation.journal.lastApplied = { kopsVersion, cluster, instanceGroups };\n",
    tests: change,
  },

  // The order of a change.
  {
    name: "the control plane is applied before the nodes",
    file: `${kops}converge/converge.ts`,
    text: "await applyControlPlane(operation);",
    broken: "await applyCloud(operation, route, exists);",
    tests: change,
  },
  {
    name: "the control plane is rolled before the nodes",
    file: `${kops}converge/converge.ts`,
    text: "    await rollControlPlane(operation);\n",
    broken: "    await rollNodes(operation, nodeRoles, undefined);\n    await rollControlPlane(operation);\n",
    tests: change,
  },
  {
    name: "an interrupted change takes the whole route",
    file: `${kops}converge/steps/route.ts`,
    text: `route: journal.applied ? "whole" : "new"`,
    broken: `route: "new"`,
    tests: change,
  },
  {
    name: "no new node is newer than its API server",
    file: `${kops}converge/steps/control-plane-applied.ts`,
    text: `const may = !("unreachable" in versions) && !isBehind(versions, desired);`,
    broken: `const may = true;`,
    tests: change,
  },
  {
    name: "nothing is pruned while nodes wait for their roll",
    file: `${kops}converge/steps/pruned.ts`,
    text: "if (!waits && isToBePruned(",
    broken: "if (isToBePruned(",
    tests: change,
  },

  // Rolls and groups that are removed.
  {
    name: "no group is rolled by manifests of somebody else",
    file: `${kops}converge/roll/roll.ts`,
    text: "  await operation.assertManifests();\n",
    broken: "",
    tests: change,
  },
  {
    name: "no roll begins outside a maintenance window",
    file: `${kops}converge/roll/roll.ts`,
    text: "if (closed !== undefined) return await outsideWindow(remaining, closed);",
    broken: "",
    tests: [`${tests}converge/roll/roll-stops.test.ts`],
  },
  {
    name: "no roll stops inside a control-plane group",
    file: `${kops}converge/roll/roll.ts`,
    text: " && !isControlPlane(inputs.instanceGroups[group] ?? {});",
    broken: ";",
    tests: [`${tests}converge/roll/roll-stops.test.ts`],
  },
  {
    name: "a group that is removed is drained before",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "    await drainInstanceGroup(login, group, operation.context);\n",
    broken: "",
    tests: change,
  },
  {
    name: "a group that is removed does not grow while it is drained",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "    else await keepFromGrowing(inputs, cloudName);\n",
    broken: "",
    tests: change,
  },
  {
    name: "a drain is in the journal before its first cordon",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "    await operation.save();\n    // Evicted pods",
    broken: "    // Evicted pods",
    tests: change,
  },
  {
    name: "a PodDisruptionBudget holds in a drain",
    file: `${kops}kubernetes/drain.ts`,
    text: `error.code === 429) return "blocked"`,
    broken: `error.code === 429) return "evicted"`,
    tests: [`${tests}converge/steps/groups-left.test.ts`],
  },

  {
    name: "a node is found by its instance, for most have no label of their group",
    file: `${kops}kubernetes/drain.ts`,
    text: "return instances.get(instance) ?? node.",
    broken: "return node.",
    tests: [...karpenter, `${tests}converge/steps/groups-left.test.ts`],
  },
  {
    name: "a group of Karpenter's makes no nodes while it is drained",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "if (isKarpenter(spec)) await holdNodePools(operation, group);",
    broken: "if (isKarpenter(spec)) operation.assertManifests;",
    tests: karpenter,
  },
  {
    name: "a group of Karpenter's is never taken for half gone",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "!isKarpenter(specs[group] ?? {}) && !existing.has(",
    broken: "!existing.has(",
    tests: karpenter,
  },
  {
    name: "a group of Karpenter's loses its machines with it",
    file: `${kops}converge/steps/groups-left.ts`,
    text: "if (isKarpenter(spec) && (await terminateInstancesOf(inputs, group)) > 0)",
    broken: "if (isKarpenter(spec) && operation.progressed)",
    tests: karpenter,
  },
  {
    name: "the control plane is applied with the groups whose NodePools kOps would prune",
    file: `${kops}converge/steps/control-plane-applied.ts`,
    text: "const named = [...(joins ? fresh : []), ...pools];",
    broken: "const named = [...(joins ? fresh : [])];",
    tests: karpenter,
  },

  // Deletion.
  {
    name: "a protected cluster is not deleted",
    file: `${kops}delete/delete.ts`,
    text: "  refuseProtected(inputs, operation.journal);\n",
    broken: "",
    tests: deletion,
  },
  {
    name: "a blocked deletion is refused before it begins",
    file: `${kops}delete/delete.ts`,
    text: "  await refuseBlocked(operation, cloud);\n",
    broken: "",
    tests: deletion,
  },
  {
    name: "manifests and keys are archived before kOps deletes",
    file: `${kops}delete/delete.ts`,
    text: "      await archive(operation, spec);\n",
    broken: "",
    tests: deletion,
  },
  {
    name: "the journal goes after the cluster",
    file: `${kops}delete/delete.ts`,
    text: "  await removeCluster(operation, cloud);\n",
    broken: "  await operation.removeJournal();\n  await removeCluster(operation, cloud);\n",
    tests: deletion,
  },
  {
    name: "a deletion has not ended while the cluster's manifest is there",
    file: `${kops}delete/delete.ts`,
    text: "if (kopsKeysOf(inputs.name).config in (await manifestEtags(store, inputs.name))) {",
    broken: 'if (inputs.name === "") {',
    tests: [`${tests}delete/deletion.test.ts`],
  },
  {
    name: "a whole archive is not made anew from what is left",
    file: `${kops}delete/deletion-archive.ts`,
    text: "  if (there) return there;\n",
    broken: "",
    tests: [`${tests}delete/deletion-archive.test.ts`],
  },

  // Previews and secrets.
  {
    name: "a preview applies nothing",
    file: `${kops}plan/dry-run.ts`,
    text: "args: planUpdate(inputs),",
    broken: `args: [...planUpdate(inputs), "--yes"],`,
    tests: preview,
  },
  {
    name: "a preview writes into its copy of the store",
    file: `${kops}plan/store-copy.ts`,
    text: "const kops = context.kops.on(`file://${copy}`);",
    broken: "const { kops } = context;",
    tests: preview,
  },
  {
    name: "a preview's copy has no private key",
    file: `${kops}plan/store-copy.ts`,
    text: "const body = object && withoutSecrets(inputs.name, key, object.body);",
    broken: "const body = object?.body;",
    tests: preview,
  },
  {
    name: "what looks like a key is in no log",
    file: `${kops}runtime/redact.ts`,
    text: "    if (keyBegins.test(line)) left = longestKey;\n",
    broken: "",
    tests: [`${tests}runtime/redact.test.ts`],
  },
  {
    name: "files of a run are its user's alone",
    file: `${kops}runtime/scratch.ts`,
    text: "await mkdir(base, { recursive: true, mode: 0o700 });",
    broken: "await mkdir(base, { recursive: true });",
    tests: [`${tests}runtime/scratch.test.ts`],
  },
];
