import type { GuardedPromise } from "../promises.ts";

const kops = "providers/kops/";
const tests = "tests/providers/kops/";
const change = [`${tests}converge/order.test.ts`];
const deletion = [`${tests}delete/order.test.ts`];
const karpenter = [`${tests}converge/karpenter.test.ts`];

/** Promises of a change: what comes before a write, the order of its steps, rolls and removed groups. */
export const ofChanges: readonly GuardedPromise[] = [
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
  {
    name: "a group keeps no image of another architecture than its machine type",
    file: `${kops}plan/facts/images.ts`,
    text: "!before.some((one) => after.includes(one)) ? [group] : []",
    broken: "before.some((one) => after.includes(one)) ? [] : []",
    tests: [`${tests}plan/facts/images.test.ts`],
  },
  {
    name: "a refusal in a preview is an error of its cluster",
    file: `${kops}KopsCluster.ts`,
    text: "if (reasons?.length) await failProgram(refusedText(name, reasons, locate), this);",
    broken: "if (reasons?.length) throw new Error(refusedText(name, reasons));",
    tests: [`${tests}KopsCluster.test.ts`],
  },

  // The order of a change.
  {
    name: "all groups are applied before the control plane rolls",
    file: `${kops}converge/converge.ts`,
    text: "    first = await applyControlPlane(operation);\n",
    broken: "",
    tests: change,
  },
  {
    name: "the control plane is rolled before the nodes",
    file: `${kops}converge/converge.ts`,
    text: "    await rollControlPlane(operation);\n  }\n  const",
    broken: "    await rollNodes(operation, undefined);\n    await rollControlPlane(operation);\n  }\n  const",
    tests: change,
  },
  {
    name: "an interrupted change takes the whole route",
    file: `${kops}converge/steps/route.ts`,
    text: `route: isInUse(journal) ? "whole" : "new"`,
    broken: `route: "new"`,
    tests: change,
  },
  {
    name: "a cluster that others use is in use before this program's first success",
    file: `${kops}store/lifecycle.ts`,
    text: `return lifecycleOf(journal) !== "begun";`,
    broken: "return journal.applied !== undefined;",
    tests: change,
  },
  {
    name: "no node is newer than an API server whose version is unknown",
    file: `${kops}converge/steps/control-plane-applied.ts`,
    text: "        await applyAlone(operation, hold);\n",
    broken: "        await applyAllGroups(operation, { at: undefined });\n",
    tests: change,
  },
  {
    name: "kOps changes nothing when it loses the API and must hold nodes back",
    file: `${kops}converge/steps/held-nodes.ts`,
    text: "apply(operation, [], at !== undefined)",
    broken: "apply(operation, [])",
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
    text: "await drainInstanceGroup(login, group, operation.context, undefined, (node, drain) => {",
    broken: 'void ((node: string, drain: "begins" | "ends") => {',
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
    text: `return answer.is === "gone" ? undefined : answer;`,
    broken: `return answer.is === "gone" ? answer : undefined;`,
    tests: [`${tests}converge/steps/groups-left.test.ts`],
  },
  {
    name: "a drain goes on after a call to the API that fails for a passing reason",
    file: `${kops}kubernetes/patience.ts`,
    text: "if (failure === undefined) throw error;",
    broken: "if (failure !== null) throw error;",
    tests: [`${tests}kubernetes/drain-failures.test.ts`],
  },
  {
    name: "the config of add-ons wins over another field manager",
    file: "components/addons/owned.ts",
    text: '"pulumi.com/patchForce": "true"',
    broken: '"pulumi.com/patchForce": "false"',
    tests: ["tests/components/addons/Addons.test.ts"],
  },
  {
    name: "an etcd volume that AWS deletes holds no data",
    file: `${kops}aws/etcd-volumes.ts`,
    text: "isHere(volumeStates, state)",
    broken: 'volumeStates[state ?? "available"] !== undefined',
    tests: [`${tests}aws/states.test.ts`],
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
    name: "a feature that a kOps removed is refused under every later kOps",
    file: `${kops}rules/removed-features.ts`,
    text: 'if (!isSince(desired["kopsVersion"], first)) return [];',
    broken: 'if (!desired["kopsVersion"]?.toString().startsWith(first)) return [];',
    tests: ["tests/providers/kops/rules/removed-features.test.ts"],
  },
  {
    name: "a dry run that cannot be read is no empty plan",
    file: `${kops}plan/dry-run.ts`,
    text: "if (!report.stopped && !isDryRunReport(report.stdout))",
    broken: "if (!report.stopped && report.stdout === undefined)",
    tests: ["tests/providers/kops/converge/steps/groups-left.test.ts"],
  },
  {
    name: "the control plane is not applied alone when kOps would prune NodePools",
    file: `${kops}converge/steps/control-plane-applied.ts`,
    text: "if (await hasNodePools(context))",
    broken: "if (!(await hasNodePools(context)))",
    tests: karpenter,
  },
  // The history.
  {
    name: "an operation that was killed is not shown as running",
    file: `${kops}store/outcome.ts`,
    text: `if (seen === undefined || seen.gone || (seen.age ?? 0) > usualLifetime) return false;`,
    broken: "if (seen === undefined) return false;",
    tests: [`${tests}store/outcome.test.ts`],
  },
  {
    name: "the history holds up no operation that has ended",
    file: `${kops}operation/recorder.ts`,
    text: `await this.#attempt(() => endedBy(this.#flush()));`,
    broken: "await this.#flush();",
    tests: [`${tests}operation/recorder.test.ts`],
  },
  {
    name: "a plan tells no value of a text or a secret",
    file: `${kops}kops-cli/output/field-values.ts`,
    text: "closedKinds.test(kind) || closedFields.test(field)",
    broken: "false",
    tests: [`${tests}kops-cli/output/field-values.test.ts`],
  },
];
