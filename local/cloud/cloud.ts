import { watch, type FSWatcher } from "node:fs";
import { basename } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { S3Client } from "@aws-sdk/client-s3";
import { messageOf } from "../../providers/kops/errors.ts";
import type { Layout } from "../layout.ts";
import { writeAccess } from "./access.ts";
import { clusterBehind, clusterNamed, isLoadBalancer } from "./api-names.ts";
import { startApiProxy, type ApiProxy } from "./api-proxy.ts";
import { awsEndpoint, startAwsServer } from "./aws-server.ts";
import { followChanges } from "./changes.ts";
import { Clusters } from "./clusters.ts";
import { describeInstances, faultsPath, MachineTypes, noFaults, readFleetFaults, type FleetFaults } from "./fleet/index.ts";
import type { Log } from "./log.ts";
import { choosePort } from "./port.ts";
import type { ProcessIdentity } from "./processes.ts";
import { writeState, type SavedState } from "./state.ts";
import { Stores } from "./stores.ts";
import { keepAlive, type Supervised } from "./supervise.ts";

export interface CloudTools {
  /** The control plane's binary. */
  readonly controlPlane: string;
  /** Python with moto. */
  readonly python: string;
}

/** At most this often is AWS looked at, in milliseconds: kOps expects a replacement to have joined within a second. */
const pause = 100;

// moto takes any; it tells accounts apart by the key, and this one means the default account.
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

const portOf = (url: string | undefined): number | undefined => (url === undefined ? undefined : Number(new URL(url).port));

/** All that runs: the AWS API, a control plane per cluster, and the fleets. */
export class Cloud {
  readonly #layout: Layout;
  readonly #tools: CloudTools;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #regions = new Map<string, { ec2: EC2Client; types: MachineTypes }>();
  #state: SavedState;
  #saving: Promise<void> = Promise.resolve();
  #accessed = "";
  #endpoint = "";
  #aws: Supervised | undefined;
  #proxy: ApiProxy | undefined;
  #clusters: Clusters | undefined;
  #following: Promise<void> | undefined;
  #faults: FleetFaults = noFaults;
  #faultsWatch: FSWatcher | undefined;

  constructor(layout: Layout, tools: CloudTools, daemon: ProcessIdentity, log: Log) {
    this.#layout = layout;
    this.#tools = tools;
    this.#log = log;
    this.#state = { daemon, tools, phase: "starting", doing: "starting", children: [], clusters: [] };
  }

  /** Starts everything, and what ran before as it was before. Resolves when all of it answers. */
  async start(remembered: SavedState | undefined, wantedPort: number | undefined): Promise<void> {
    this.#state = { ...this.#state, clusters: remembered?.clusters ?? [] };
    await this.#startAws(remembered, wantedPort);
    this.#proxy = await startApiProxy(await choosePort(undefined, portOf(remembered?.proxy)), (host) => this.#apiNamed(host), this.#log);
    this.#publish({ proxy: this.#proxy.url });
    const stores = new Stores(
      new S3Client({ endpoint: this.#endpoint, region: "us-east-1", credentials, forcePathStyle: true, followRegionRedirects: true }),
    );
    const clusters = new Clusters(remembered?.clusters ?? [], {
      layout: this.#layout,
      binary: this.#tools.controlPlane,
      stores,
      log: this.#log,
      sizeOf: (region, machineType) => this.#region(region).types.size(machineType),
      onStart: (name, identity) => {
        this.#addChild(name, identity);
      },
      onChange: () => {
        this.#publish({});
        this.#lookSoon();
      },
    });
    this.#clusters = clusters;
    this.#faults = await readFleetFaults(this.#layout);
    this.#faultsWatch = watch(this.#layout.dir, (_event, file) => {
      if (file === basename(faultsPath(this.#layout))) void this.#faultsChanged();
    });
    this.#publish({ doing: "starting the control planes of the clusters that are there" });
    clusters.follow(await stores.list());
    await clusters.settled();
    await this.#lookAtMachines();
    this.#following = followChanges({
      endpoint: this.#endpoint,
      pause,
      signal: this.#stopping.signal,
      onError: (error) => {
        this.#log(`looking at AWS: ${messageOf(error)}`);
      },
      look: async (changed) => {
        const everything = changed.size === 0;
        const machines = everything || changed.has("ec2") || changed.has("autoscaling") ? this.#lookAtMachines() : undefined;
        if (everything || changed.has("s3")) clusters.follow(await stores.list());
        await machines;
      },
    });
    this.#publish({ phase: "ready", doing: "running" });
    await this.#saving;
    this.#log(`ready: AWS at ${this.#endpoint}, ${clusters.states.length} clusters`);
  }

  async #startAws(remembered: SavedState | undefined, wantedPort: number | undefined): Promise<void> {
    let port = await choosePort(wantedPort, portOf(remembered?.endpoint));
    this.#publish({ doing: "starting the AWS API" });
    this.#aws = await keepAlive({
      name: "AWS API",
      log: this.#log,
      start: async () => {
        const child = await startAwsServer(this.#layout, this.#tools.python, port, (identity) => {
          this.#addChild("AWS API", identity);
        });
        this.#endpoint = awsEndpoint(child);
        // Everything that runs holds this address: after a crash it has to be the same one.
        port = Number(new URL(this.#endpoint).port);
        return child;
      },
      onChange: (problem) => {
        this.#publish({ problem });
      },
    });
    this.#publish({ endpoint: this.#endpoint });
  }

  /** Address of the API that a name means, of whatever cluster runs here. */
  async #apiNamed(host: string): Promise<string | undefined> {
    const clusters = this.#clusters?.states ?? [];
    const named = clusterNamed(host, clusters);
    if (named || !isLoadBalancer(host)) return named?.server;
    for (const region of this.#clusters?.regions ?? []) {
      const name = await clusterBehind(host, new ElasticLoadBalancingV2Client({ endpoint: this.#endpoint, region, credentials }));
      if (name !== undefined) return clusters.find((cluster) => cluster.name === name)?.server;
    }
    return undefined;
  }

  #region(region: string): { ec2: EC2Client; types: MachineTypes } {
    let entry = this.#regions.get(region);
    if (!entry) {
      const ec2 = new EC2Client({ endpoint: this.#endpoint, region, credentials });
      entry = { ec2, types: new MachineTypes(ec2) };
      this.#regions.set(region, entry);
    }
    return entry;
  }

  async #lookAtMachines(): Promise<void> {
    const clusters = this.#clusters;
    if (!clusters) return;
    await Promise.all(
      [...clusters.regions].map(async (region) => {
        clusters.update(await describeInstances(this.#region(region).ec2), new Set([region]), this.#faults);
      }),
    );
  }

  #lookSoon(): void {
    this.#lookAtMachines().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#log(`looking at AWS: ${messageOf(error)}`);
    });
  }

  async #faultsChanged(): Promise<void> {
    try {
      this.#faults = await readFleetFaults(this.#layout);
      await this.#lookAtMachines();
    } catch (error) {
      this.#log(`${faultsPath(this.#layout)}: ${messageOf(error)}`);
    }
  }

  #addChild(name: string, identity: ProcessIdentity): void {
    const others = this.#state.children.filter((child) => child.name !== name);
    this.#publish({ children: [...others, { name, ...identity }] });
  }

  /** Writes state and access file, each whole, in the order of the changes. */
  #publish(change: Partial<SavedState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#clusters) this.#state = { ...this.#state, clusters: this.#clusters.states };
    const state = this.#state;
    const reachable = state.clusters.filter(({ server }) => server !== "");
    this.#saving = this.#saving
      .then(async () => {
        const access = JSON.stringify(reachable.map(({ name, server }) => [name, server]));
        if (this.#clusters && access !== this.#accessed) await writeAccess(this.#layout, reachable);
        this.#accessed = access;
        await writeState(this.#layout, state);
      })
      .catch((error: unknown) => {
        this.#log(`the state could not be written: ${messageOf(error)}`);
      });
  }

  /** Says why it cannot run, to whoever waits for it. */
  fail(problem: string): void {
    this.#publish({ problem });
  }

  /** Stops everything in good order. It can be started again as it was. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#faultsWatch?.close();
    this.#publish({ doing: "stopping" });
    await this.#following;
    await this.#proxy?.close();
    await this.#clusters?.stop();
    await this.#aws?.stop();
    this.#publish({ phase: "stopped", doing: "stopped" });
    await this.#saving;
    this.#log("stopped");
  }
}
