import yaml from "js-yaml";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { KopsClusterInputs } from "../../../providers/kops/index.ts";
import type { Kops, KopsCommand, KopsResult } from "../../../providers/kops/kops-cli/kops.ts";
import { cloudNameOf } from "../../../providers/kops/model/cloud-names.ts";
import { updateConditions } from "../../../providers/kops/model/conditions.ts";
import type { OperationContext } from "../../../providers/kops/operation/context.ts";
import { Operation } from "../../../providers/kops/operation/operation.ts";
import { readJournal, JournalWriter } from "../../../providers/kops/store/journal.ts";
import type { Journal, RecordedOperation } from "../../../providers/kops/store/journal.ts";
import { kopsKeysOf, pilotKeysOf } from "../../../providers/kops/store/keys.ts";
import { acquireLock } from "../../../providers/kops/store/lock.ts";
import { manifestEtags } from "../../../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../../../providers/kops/store/object-store.ts";
import { memoryStore } from "./memory-store.ts";
import { sampleInputs } from "./samples.ts";
import { startStubCloud } from "./stub-cloud.ts";
import type { StubCloud } from "./stub-cloud.ts";

const object = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

const after = (args: readonly string[], flag: string): string => args[args.indexOf(flag) + 1] ?? "";

/** A command of kOps without the words that all have and the names of files. */
function shortened(args: readonly string[]): string {
  const words = args.filter(
    (word, at) => word !== "--name" && args[at - 1] !== "--name" && !/^--(create-kube-config|vmodule)=/.test(word),
  );
  return words
    .map((word, at) => (words[at - 1] === "-f" || words[at - 1] === "--kubeconfig" ? "FILE" : word))
    .join(" ");
}

/**
 * A cluster in memory, for unit tests of whole verbs: the real operation with its journal and lock, on a store in
 * memory, a stub of AWS and of the Kubernetes API, and a kOps that only writes down what it is told and does to the
 * store what the real one does. `events` has all of it in one order: kOps's commands, writes to the store, changes in
 * the cloud.
 */
export class ClusterStage {
  readonly events: string[] = [];
  readonly said: string[] = [];
  readonly store: ReturnType<typeof memoryStore> = memoryStore();
  /** Nodes that wait for a roll, by group. */
  readonly waiting: Record<string, number> = {};
  /** What `kops update cluster` says. */
  applyLines: readonly string[] = [];
  /** Address of the Kubernetes API in kubeconfigs; the stub's unless a test says otherwise. */
  kubeconfigServer: string | undefined;
  /** What a dry run of `kops update cluster` prints. */
  dryRun = "No changes need to be applied\n";
  /** Called with each command of kOps before it does anything: a test may throw here, or look at the store. */
  meanwhile: (args: readonly string[]) => void | Promise<void> = () => undefined;
  /** Called with each change of the cloud that is asked for, before it is answered. */
  changed: (what: string) => void | Promise<void> = () => undefined;
  readonly inputs: KopsClusterInputs;
  readonly cloud: StubCloud;
  /** Private, gone when the test ends. */
  readonly folder: string;
  readonly #surroundings: NodeJS.ProcessEnv;

  private constructor(inputs: KopsClusterInputs, cloud: StubCloud, folder: string, surroundings: NodeJS.ProcessEnv) {
    this.inputs = inputs;
    this.cloud = cloud;
    this.folder = folder;
    this.#surroundings = surroundings;
  }

  static async begin(changes: Partial<KopsClusterInputs> = {}): Promise<ClusterStage> {
    const folder = await mkdtemp(join(tmpdir(), "pilot-stage-"));
    const surroundings = process.env;
    const made: ClusterStage[] = [];
    const cloud = await startStubCloud(async (what) => {
      for (const stage of made) {
        stage.events.push(what);
        await stage.changed(what);
      }
    });
    process.env = {
      ...surroundings,
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      PILOT_STATE_DIR: folder,
    };
    const stage = new ClusterStage(
      sampleInputs({ rollingUpdate: { postDrainDelay: "0s" }, ...changes }),
      cloud,
      folder,
      surroundings,
    );
    made.push(stage);
    return stage;
  }

  async end(): Promise<void> {
    process.env = this.#surroundings;
    await this.cloud.close();
    await rm(this.folder, { recursive: true });
  }

  /** Puts a living cluster into store and cloud, as this program left it after it applied these inputs. */
  async lives(inputs: KopsClusterInputs = this.inputs, more: Partial<Journal> = {}): Promise<void> {
    const { name, cluster, instanceGroups, kopsVersion } = inputs;
    const keys = kopsKeysOf(name);
    await this.store.put(keys.config, yaml.dump({ kind: "Cluster", metadata: { name }, spec: cluster }));
    await this.store.put(
      keys.ca,
      yaml.dump({ spec: { keys: [{ id: "1", publicMaterial: Buffer.from("the authority").toString("base64") }] } }),
    );
    for (const [group, spec] of Object.entries(instanceGroups)) {
      await this.store.put(
        `${keys.instanceGroups}${group}`,
        yaml.dump({ kind: "InstanceGroup", metadata: { name: group }, spec }),
      );
      this.cloud.groups.push({ name: cloudNameOf(group, spec, name), min: 1, max: 3, desired: 1 });
    }
    await this.journal({
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: updateConditions([], [], new Date()),
      instanceGroups: Object.keys(instanceGroups),
      written: { digest: "before", etags: await manifestEtags(this.store, name) },
      applied: { digest: "before", kopsVersion, revision: 1, at: new Date().toISOString() },
      ...more,
    });
  }

  async journal(value: Journal): Promise<void> {
    await this.store.delete(pilotKeysOf(value.cluster).journal);
    await new JournalWriter(this.store, value.cluster, undefined).write(value);
  }

  /** Makes the manifests as they lie in the store those that this program wrote last. */
  async noteWritten(): Promise<void> {
    const journal = await this.readJournal();
    if (journal)
      await this.journal({
        ...journal,
        written: { digest: "before", etags: await manifestEtags(this.store, this.inputs.name) },
      });
  }

  readJournal(): Promise<Journal | undefined> {
    return readJournal(this.store, this.inputs.name);
  }

  /** The commands that kOps was given, in order, without the words that all have. */
  get commands(): string[] {
    return this.events.filter((event) => event.startsWith("kops ")).map((event) => event.slice("kops ".length));
  }

  async #run(command: KopsCommand): Promise<KopsResult> {
    const { name } = this.inputs;
    const keys = kopsKeysOf(name);
    const { args } = command;
    this.events.push(`kops ${shortened(args)}`);
    await this.meanwhile(args);
    const [verb, what] = args;
    let stdout = "";
    if (verb === "replace") for (const [key, body] of await this.#written(args)) await this.store.put(key, body);
    if (verb === "update") for (const line of this.applyLines) command.onLine?.(line);
    if (verb === "validate") stdout = "{}";
    if (verb === "export") await writeFile(after(args, "--kubeconfig"), this.#kubeconfig(), { mode: 0o600 });
    if (verb === "rolling-update") {
      stdout = Object.entries(this.waiting)
        .map(([group, need]) => `${group}\t${need > 0 ? "NeedsUpdate" : "Ready"}\t${need}\t1\t1\t1\t1\t1`)
        .join("\n");
      const group = args.find((word) => word.startsWith("--instance-group="))?.split("=")[1];
      if (args.includes("--yes") && group !== undefined) this.waiting[group] = 0;
    }
    if (verb === "get" && what === "instances") stdout = "[]";
    if (verb === "delete" && what === "instancegroup")
      await this.store.delete(`${keys.instanceGroups}${args[2] ?? ""}`);
    if (verb === "delete" && what === "cluster")
      for (const { key } of await this.store.list(`${name}/`)) await this.store.delete(key);
    const stopped = verb === "update" && this.applyLines.some((line) => command.stopAt?.(line) === true);
    return { exitCode: 0, stdout, stderr: "", stopped };
  }

  /** The objects of `kops replace`, by key. */
  async #written(args: readonly string[]): Promise<[string, string][]> {
    const keys = kopsKeysOf(this.inputs.name);
    return yaml.loadAll(await readFile(after(args, "-f"), "utf8")).map((one) => {
      const { kind, metadata } = object.parse(one);
      return [kind === "Cluster" ? keys.config : `${keys.instanceGroups}${metadata.name}`, yaml.dump(one)];
    });
  }

  /** kOps on a copy of the store, as previews use it: its commands begin with `copy:` among the events. */
  async #runOn(copy: string, { args }: KopsCommand): Promise<KopsResult> {
    this.events.push(`copy: kops ${shortened(args)}`);
    await this.meanwhile(args);
    if (args[0] === "replace") {
      for (const [key, body] of await this.#written(args)) {
        await mkdir(dirname(join(copy, key)), { recursive: true });
        await writeFile(join(copy, key), body);
      }
    }
    return { exitCode: 0, stdout: args[0] === "update" ? this.dryRun : "", stderr: "" };
  }

  #kubeconfig(): string {
    const cluster = {
      name: "k",
      cluster: { server: this.kubeconfigServer ?? this.cloud.endpoint, "insecure-skip-tls-verify": true },
    };
    return yaml.dump({
      apiVersion: "v1",
      kind: "Config",
      clusters: [cluster],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
      "current-context": "c",
    });
  }

  /** What every look at the cluster needs; without a lock. */
  context(): OperationContext {
    const { inputs, events } = this;
    const { journal: journalKey, lock: lockKey } = pilotKeysOf(inputs.name);
    const note = (what: string, key: string): void => {
      if (key !== lockKey) events.push(key === journalKey ? `${what} the journal` : `${what} ${key}`);
    };
    const store: ObjectStore = {
      ...this.store,
      put: async (key, body, condition) => {
        const etag = await this.store.put(key, body, condition);
        note("write", key);
        return etag;
      },
      copy: async (from, to) => {
        await this.store.copy(from, to);
        note("copy", from);
      },
      delete: async (key, ifMatch) => {
        await this.store.delete(key, ifMatch);
        note("remove", key);
      },
    };
    const kops = {
      run: (command: KopsCommand) => this.#run(command),
      on: (url: string) => ({ run: (command: KopsCommand) => this.#runOn(fileURLToPath(url), command) }),
    } as unknown as Kops;
    const log = {
      path: "the log",
      write: () => undefined,
      redact: (text: string) => text,
      close: () => Promise.resolve(),
    };
    const progress = { say: (text: string) => this.said.push(text) };
    return {
      inputs,
      store,
      kops,
      folder: this.folder,
      progress,
      log,
      listeners: new Set(),
      readers: new Set(),
      signal: new AbortController().signal,
      env: process.env,
    };
  }

  /** Runs a verb on the cluster, under its lock; what it throws, the journal says, too. */
  async perform<T>(verb: RecordedOperation["verb"], work: (operation: Operation) => Promise<T>): Promise<T> {
    const context = this.context();
    const { inputs, store, signal, progress } = context;
    const lock = await acquireLock({
      store,
      cluster: inputs.name,
      owner: inputs.owner,
      operation: verb,
      timeout: 0,
      signal,
      progress,
    });
    try {
      const operation = await Operation.begin(context, verb, lock);
      try {
        return await work(operation);
      } catch (error) {
        await operation.failed(error);
        throw error;
      }
    } finally {
      await lock.release();
    }
  }
}
