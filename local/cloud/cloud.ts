import { watch, type FSWatcher } from "node:fs";
import { basename } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { S3Client } from "@aws-sdk/client-s3";
import { messageOf } from "../../providers/kops/model/errors.ts";
import type { Layout } from "../base/layout.ts";
import { writeAccess } from "./api/access.ts";
import { accountsOf, inAccount, usualAccount } from "./accounts.ts";
import { clusterBehind, clusterNamed, isLoadBalancer } from "./api/api-names.ts";
import { startApiProxy, type ApiProxy } from "./api/api-proxy.ts";
import { awsEndpoint, startAwsServer } from "./aws-server.ts";
import { followChanges } from "./changes.ts";
import { Clusters } from "./cluster/clusters.ts";
import {
  describeInstances,
  faultsPath,
  MachineTypes,
  noFaults,
  readFleetFaults,
  type FleetFaults,
  type Instance,
} from "./fleet/index.ts";
import type { Log } from "../base/log.ts";
import { choosePort } from "./supervision/port.ts";
import type { ProcessIdentity } from "../base/processes.ts";
import { writeState, type SavedState } from "./supervision/state.ts";
import { Stores } from "./cluster/stores.ts";
import { keepAlive, type Supervised } from "./supervision/supervise.ts";

export interface CloudTools {
  /** The control plane's binary. */
  readonly controlPlane: string;
  /** Python with moto. */
  readonly python: string;
}

/** Shortest time between two looks at AWS, in milliseconds: kOps expects a replacement to join within a second. */
const pause = 100;

// moto accepts any; these mean the default account.
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

const portOf = (url: string | undefined): number | undefined =>
  url === undefined ? undefined : Number(new URL(url).port);

/** Everything that runs: the AWS API, a control plane per cluster, and the fleets. */
export class Cloud {
  readonly #layout: Layout;
  readonly #tools: CloudTools;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  /** Clients by account and region. */
  readonly #ec2 = new Map<string, EC2Client>();
  readonly #s3 = new Map<string, S3Client>();
  readonly #types = new Map<string, MachineTypes>();
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

  /** Starts everything, as it was when it last ran. Resolves when all of it answers. */
  async start(remembered: SavedState | undefined, wantedPort: number | undefined): Promise<void> {
    this.#state = { ...this.#state, clusters: remembered?.clusters ?? [] };
    await this.#startAws(remembered, wantedPort);
    this.#proxy = await startApiProxy(
      await choosePort(undefined, portOf(remembered?.proxy)),
      (host) => this.#apiNamed(host),
      this.#log,
    );
    this.#publish({ proxy: this.#proxy.url });
    const stores = new Stores(this.#s3In(usualAccount), async () =>
      (await accountsOf(this.#endpoint)).map((account) => this.#s3In(account)),
    );
    const clusters = new Clusters(remembered?.clusters ?? [], {
      layout: this.#layout,
      binary: this.#tools.controlPlane,
      stores,
      log: this.#log,
      sizeOf: (region, machineType) => this.#typesOf(region).size(machineType),
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
    this.#publish({ doing: "starting the control planes of the existing clusters" });
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
        const machines =
          everything || changed.has("ec2") || changed.has("autoscaling") ? this.#lookAtMachines() : undefined;
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
        // Everything that runs has this address, so it must be the same after a crash.
        port = Number(new URL(this.#endpoint).port);
        return child;
      },
      onChange: (problem) => {
        this.#publish({ problem });
      },
    });
    this.#publish({ endpoint: this.#endpoint });
  }

  /** Address of the API with this name, for any cluster that runs here. */
  async #apiNamed(host: string): Promise<string | undefined> {
    const clusters = this.#clusters?.states ?? [];
    const named = clusterNamed(host, clusters);
    if (named || !isLoadBalancer(host)) return named?.server;
    for (const account of await accountsOf(this.#endpoint)) {
      for (const region of this.#clusters?.regions ?? []) {
        const name = await clusterBehind(
          host,
          inAccount(new ElasticLoadBalancingV2Client({ endpoint: this.#endpoint, region, credentials }), account),
        );
        if (name !== undefined) return clusters.find((cluster) => cluster.name === name)?.server;
      }
    }
    return undefined;
  }

  #s3In(account: string): S3Client {
    let s3 = this.#s3.get(account);
    if (!s3) {
      s3 = inAccount(
        new S3Client({
          endpoint: this.#endpoint,
          region: "us-east-1",
          credentials,
          forcePathStyle: true,
          followRegionRedirects: true,
        }),
        account,
      );
      this.#s3.set(account, s3);
    }
    return s3;
  }

  #ec2In(account: string, region: string): EC2Client {
    const key = `${account} ${region}`;
    let ec2 = this.#ec2.get(key);
    if (!ec2) {
      ec2 = inAccount(new EC2Client({ endpoint: this.#endpoint, region, credentials }), account);
      this.#ec2.set(key, ec2);
    }
    return ec2;
  }

  #typesOf(region: string): MachineTypes {
    let types = this.#types.get(region);
    if (!types) {
      types = new MachineTypes(this.#ec2In(usualAccount, region));
      this.#types.set(region, types);
    }
    return types;
  }

  async #lookAtMachines(): Promise<void> {
    const clusters = this.#clusters;
    if (!clusters || clusters.regions.size === 0) return;
    const accounts = await accountsOf(this.#endpoint);
    await Promise.all(
      [...clusters.regions].map(async (region) => {
        const found = await Promise.all(accounts.map((account) => describeInstances(this.#ec2In(account, region))));
        // All machines of a cluster are in one account.
        const machines = new Map<string, Instance[]>(found.flatMap((byCluster) => [...byCluster]));
        clusters.update(machines, new Set([region]), this.#faults);
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

  /** Writes state and access file atomically, in the order of the changes. */
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

  /** Reports why it cannot run to those who wait for it. */
  fail(problem: string): void {
    this.#publish({ problem });
  }

  /** Stops everything in good order. The next start continues where it stopped. */
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
