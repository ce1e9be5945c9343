import type { GuardedPromise } from "../promises.ts";

const kops = "providers/kops/";
const tests = "tests/providers/kops/";
const change = [`${tests}converge/order.test.ts`];
const deletion = [`${tests}delete/order.test.ts`];
const preview = [`${tests}plan/preview.test.ts`];

/** Promises of the environment, the lock, the journal, deletions, previews, secrets and calls. */
export const ofStores: readonly GuardedPromise[] = [
  // The environment.
  {
    name: "the routes that IPv6 clusters need are not deleted under them",
    file: "components/environment/guards/losses.ts",
    text: "network.made && current.ipv6Clusters === true && network.ipv6Clusters !== true",
    broken: "network.made && current.ipv6Clusters === false",
    tests: ["tests/components/environment/losses.test.ts"],
  },
  {
    name: "a stack that lost Pulumi's state makes no second network beside living clusters",
    file: "components/environment/guards/lost-state.ts",
    text: "if (living.length === 0 || anew.length === 0) return undefined;",
    broken: "if (living.length >= 0 || anew.length === 0) return undefined;",
    tests: ["tests/components/environment/lost-state.test.ts"],
  },
  {
    name: "a restored cluster has its keys before its manifest and journal",
    file: `${kops}move/plan-restore.ts`,
    text: "rank(one.key) - rank(other.key)",
    broken: "rank(other.key) - rank(one.key)",
    tests: [`${tests}move/plan-restore.test.ts`],
  },
  // The account.
  {
    name: "what AWS denies to look at is never in order",
    file: "cli/account-check/finding.ts",
    text: "    return [notKnown(check, error)];\n",
    broken: "    return error === undefined ? [notKnown(check, error)] : [];\n",
    tests: ["tests/cli/account-check/findings.test.ts"],
  },
  {
    name: "a stack is not made again in another account",
    file: "components/environment/guards/account.ts",
    text: "  if (of === actual) return;",
    broken: "  if (of !== undefined) return;",
    tests: ["tests/components/environment/account.test.ts"],
  },
  {
    name: "a cluster is not worked on with credentials of another account",
    file: `${kops}operation/same-account.ts`,
    text: "if (recorded === undefined || recorded === account) return;",
    broken: "if (recorded !== account) return;",
    tests: [`${tests}operation/same-account.test.ts`],
  },

  {
    name: "a network is not destroyed while clusters have something in it",
    file: "providers/state-store/contents.ts",
    text: 'return holders.length > 0 ? { kind: "held", holders } : { kind: "keep" };',
    broken: 'return { kind: "keep" };',
    tests: ["tests/providers/state-store/living.test.ts"],
  },
  {
    name: "a public bucket is closed only when no cluster's issuer is there",
    file: "components/environment/guards/losses.ts",
    text: "return isBucket && discoveryBucketOf(cluster) === discoveryBucket;",
    broken: "return !isBucket;",
    tests: ["tests/components/environment/discovery-losses.test.ts"],
  },
  {
    name: "a refused read of the account's block is not taken for open",
    file: "components/state-store/account-block.ts",
    text: "      : { unknown: why };",
    broken: "      : { settings: [] };",
    tests: ["tests/components/state-store/discovery.test.ts"],
  },
  // The lock and the journal.
  {
    name: "a lock is taken over only from a dead run",
    file: `${kops}store/lock.ts`,
    text: "if (!isAbandoned({ gone, unchangedFor, age: there.age, lifetime })) return undefined;",
    broken: "",
    tests: [`${tests}store/lock.test.ts`],
  },
  {
    name: "a lock is taken over on condition that nobody else did",
    file: `${kops}store/lock.ts`,
    text: "this.#store.put(this.#key, text, condition)",
    broken: "this.#store.put(this.#key, text)",
    tests: [`${tests}store/lock.test.ts`],
  },
  {
    name: "a lock that is over is not renewed by a call that hung",
    file: `${kops}store/lock.ts`,
    text: "stoppedBy(over.signal, () => claim.write({ ifMatch: etag }))",
    broken: "claim.write({ ifMatch: etag })",
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
    text: `.on("data", hear)`,
    broken: `.on("data", () => undefined)`,
    tests: [`${tests}operation/lease.test.ts`],
  },
  {
    name: "a lease ends by the clock that went furthest, so a suspend ends it",
    file: `${kops}runtime/clocks.mjs`,
    text: "now.wall - then.wall, now.steady - then.steady, now.boot - then.boot",
    broken: "now.steady - then.steady",
    tests: [`${tests}operation/lease.test.ts`],
  },
  {
    name: "what another machine or container may own is not swept",
    file: `${kops}runtime/process-identity.mjs`,
    text: "if (machine === here.machine) return ended(pid, began);",
    broken: "if (ended(pid, began)) return true;",
    tests: [`${tests}runtime/scratch.test.ts`],
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
    text: "  operation.journal.lastApplied = recordedSpec(inputs, operation.journal.lastApplied);\n  await operation.save();\n",
    broken: "  operation.journal.lastApplied = recordedSpec(inputs, operation.journal.lastApplied);\n",
    tests: change,
  },

  {
    name: "the journal knows of additional objects before they are written",
    file: `${kops}converge/steps/spec-written.ts`,
    text: "  journal.additionalObjects = true;\n  await operation.save();\n",
    broken: "",
    tests: [`${tests}converge/steps/spec-written.test.ts`],
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
    name: "an apply goes on while kOps waits silently for IAM or a NAT gateway",
    file: `${kops}kops-cli/errors/final.ts`,
    text: "stall.failed.length === 0 || stall.failed.length < stall.count",
    broken: "stall.failed.length === 0",
    tests: [`${tests}kops-cli/errors/final.test.ts`],
  },
  {
    name: "an apply goes on while what it has just made is not found yet",
    file: `${kops}kops-cli/errors/kinds.ts`,
    text: "(kind.named !== true || named(text))",
    broken: "kind.named !== undefined",
    tests: [`${tests}kops-cli/errors/final.test.ts`],
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
  {
    name: "a sweep of acceptance runs takes nothing that has somebody's tags",
    file: "tests/aws/run-name.ts",
    text: "if (Object.keys(tags).length > 0) return undefined;",
    broken: "",
    tests: ["tests/aws/run-name.test.ts"],
  },
  // Calls.
  {
    name: "a call that gets no answer ends with the operation",
    file: `${kops}aws/client.ts`,
    text: "return await endedBy(call(args));",
    broken: "return await call(args);",
    tests: [`${tests}http/calls.test.ts`],
  },
  // The tools.
  {
    name: "a Go, Python or release that differs from its checksum is not used",
    file: "local/tools/download.ts",
    text: "if (digest !== expected.digest.toLowerCase()) {",
    broken: 'if (digest === "") {',
    tests: ["tests/local/tools/go-toolchain.test.ts", "tests/local/tools/python.test.ts"],
  },
  // Looking.
  {
    name: "a status does not take a dead run for one that works",
    file: "cli/status/operation.ts",
    text: 'lock !== undefined && lock.alive !== "no" && ',
    broken: "lock !== undefined && ",
    tests: ["tests/cli/status/compose.test.ts"],
  },
  {
    name: "a run that has just succeeded is not called killed",
    file: "cli/status/look.ts",
    text: "  const before = await lockOf();\n  const records = await recordsOf();\n  const journal = await journalOf();\n",
    broken:
      "  const journal = await journalOf();\n  const records = await recordsOf();\n  const before = await lockOf();\n",
    tests: ["tests/cli/status/look.test.ts"],
  },
  {
    name: "the lock of a living run is not removed by a mere --yes",
    file: "cli/unlock.ts",
    text: "if (alive !== undefined && living !== String(held.pid))",
    broken: 'if (alive !== undefined && living === "")',
    tests: ["tests/cli/unlock.test.ts"],
  },
  // Rights.
  {
    name: "the pipeline's roles stay inside their permissions boundary",
    file: "components/pipeline/Pipeline.ts",
    text: "        permissionsBoundary: this.#boundary,\n",
    broken: "",
    tests: ["tests/components/pipeline/Pipeline.test.ts"],
  },
  {
    name: "the pipeline cannot delete versions of the store's objects",
    file: "components/pipeline/roles.ts",
    text: 'up: ["reads", "clusters", "node-roles", "store", "network", "guard"],',
    broken: 'up: ["reads", "clusters", "node-roles", "store", "network", "buckets"],',
    tests: ["tests/components/pipeline/policies.test.ts"],
  },
  // Try it, and leave it.
  {
    name: "a cluster becomes a request only if that composes to the very same spec",
    file: "cli/assess/overlay.ts",
    text: "return canonicalJson(plain(one)) === canonicalJson(plain(other));",
    broken: "return canonicalJson(plain(one)).length <= canonicalJson(plain(other)).length;",
    tests: ["tests/cli/assess/files.test.ts"],
  },
  {
    name: "a cluster on which something waits does not leave",
    file: "cli/leave.ts",
    text: "  refuseWaiting(cluster, journal);\n",
    broken: "",
    tests: ["tests/cli/leave.test.ts"],
  },
];
