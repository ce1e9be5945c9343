import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { FleetFaults, Instance } from "../fleet/index.ts";
import { Cluster, type ClusterTools } from "./cluster.ts";
import type { ClusterState } from "../supervision/state.ts";
import type { StoredCluster } from "./stores.ts";
import { Turns } from "../../base/turns.ts";

/** A starting control plane keeps a core busy for two seconds. */
const startsAtOnce = 2;
const retryAfter = 5_000;

interface Entry {
  readonly cluster: Cluster;
  /** Resolves when the last task of this cluster is done: tasks run one after another. */
  work: Promise<void>;
}

/** The running control planes: one for each cluster in a state store. */
export class Clusters {
  readonly #entries = new Map<string, Entry>();
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #remembered: Map<string, ClusterState>;
  readonly #tools: ClusterTools;
  readonly #turns = new Turns(startsAtOnce);
  #stopped = false;

  constructor(remembered: readonly ClusterState[], tools: ClusterTools) {
    this.#remembered = new Map(remembered.map((state) => [state.name, state]));
    this.#tools = tools;
  }

  get states(): ClusterState[] {
    return [...this.#entries.values()].map(({ cluster }) => cluster.state);
  }

  /** Regions whose instances can be nodes. */
  get regions(): Set<string> {
    const regions = [...this.#entries.values()].map(({ cluster }) => cluster.region);
    return new Set(regions.filter((region) => region !== undefined));
  }

  /** Resolves when every pending start has ended, successful or not. */
  async settled(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ work }) => work));
  }

  /** Starts, restarts and ends control planes, so that there is one for each given cluster. */
  follow(found: readonly StoredCluster[]): void {
    if (this.#stopped) return;
    const wanted = new Map<string, StoredCluster>();
    for (const source of found) {
      const other = wanted.get(source.name);
      if (!other) wanted.set(source.name, source);
      else
        this.#tools.log(
          `${source.name} is in s3://${other.bucket} and in s3://${source.bucket}: only the first one runs`,
        );
    }
    for (const [name, { cluster }] of this.#entries) {
      const source = wanted.get(name);
      if (!source) this.#leave(name, true);
      else if (source.version !== cluster.source.version && this.#needsRestart(cluster.source, source))
        this.#leave(name, false);
    }
    for (const [name, source] of wanted) if (!this.#entries.has(name)) this.#enter(source);
    this.#tools.onChange();
  }

  // Every `kops update` writes the completed spec, mostly without a change that concerns the control plane: only new
  // keys justify an interruption.
  #needsRestart(before: StoredCluster, after: StoredCluster): boolean {
    return before.version.split(" ").slice(0, 2).join(" ") !== after.version.split(" ").slice(0, 2).join(" ");
  }

  #enter(source: StoredCluster): void {
    const cluster = new Cluster(source, this.#remembered.get(source.name), this.#tools);
    const former = this.#leaving.get(source.name);
    const entry: Entry = { cluster, work: Promise.resolve() };
    this.#entries.set(source.name, entry);
    const isCurrent = (): boolean => !this.#stopped && this.#entries.get(source.name) === entry;
    const start = async (): Promise<void> => {
      await former;
      await this.#turns.take(async () => {
        if (!isCurrent()) return;
        this.#tools.log(`${source.name}: starting its control plane`);
        try {
          await cluster.start();
        } catch (error) {
          this.#tools.log(`${source.name}: ${messageOf(error)}`);
          cluster.fail(messageOf(error));
          setTimeout(() => {
            if (isCurrent()) entry.work = start();
          }, retryAfter).unref();
        }
      });
    };
    entry.work = start();
  }

  #leave(name: string, forget: boolean): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    this.#entries.delete(name);
    this.#remembered.set(name, entry.cluster.state);
    this.#tools.log(
      forget ? `${name}: deleted; its control plane ends` : `${name}: has new keys; its control plane restarts`,
    );
    const leaving = (async () => {
      await entry.work;
      await entry.cluster.stop();
      if (forget) {
        await entry.cluster.forget();
        this.#remembered.delete(name);
      }
    })().catch((error: unknown) => {
      this.#tools.log(`${name}: ${messageOf(error)}`);
    });
    this.#leaving.set(name, leaving);
    void leaving.finally(() => {
      if (this.#leaving.get(name) === leaving) this.#leaving.delete(name);
    });
  }

  /** Tells each cluster which machines of the given regions are its own. */
  update(machines: ReadonlyMap<string, readonly Instance[]>, lookedAt: ReadonlySet<string>, faults: FleetFaults): void {
    for (const { cluster } of this.#entries.values()) {
      if (cluster.region !== undefined && lookedAt.has(cluster.region))
        cluster.update(machines.get(cluster.source.name) ?? [], faults);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([
      ...this.#leaving.values(),
      ...[...this.#entries.values()].map(async ({ cluster, work }) => {
        await work;
        await cluster.stop();
      }),
    ]);
  }
}
