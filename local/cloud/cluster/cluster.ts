import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { Layout } from "../../base/layout.ts";
import { parseCompletedSpec } from "./completed-spec.ts";
import { apiServer, kubeconfigOf, startControlPlane } from "./control-plane.ts";
import { Fleet, launchFile, parseLaunch, type FleetFaults, type Instance } from "../fleet/index.ts";
import type { MachineSize } from "../fleet/instances.ts";
import { parseKeyset } from "./keyset.ts";
import { KubeClient } from "../fleet/kube.ts";
import type { Log } from "../../base/log.ts";
import type { Login } from "./login.ts";
import type { ProcessIdentity } from "../../base/processes.ts";
import type { ClusterState } from "../supervision/state.ts";
import type { StoredCluster, Stores } from "./stores.ts";
import { keepAlive, type Supervised } from "../supervision/supervise.ts";

export interface ClusterTools {
  readonly layout: Layout;
  readonly binary: string;
  readonly stores: Stores;
  readonly log: Log;
  readonly sizeOf: (region: string, machineType: string) => Promise<MachineSize>;
  readonly onStart: (name: string, identity: ProcessIdentity) => void;
  readonly onChange: () => void;
}

/** One cluster: its control plane, and its fleet while the control plane is up. */
export class Cluster {
  readonly source: StoredCluster;
  readonly #tools: ClusterTools;
  readonly #dir: string;
  #state: ClusterState;
  #region: string | undefined;
  #login: Login | undefined;
  #plane: Supervised | undefined;
  #fleet: Fleet | undefined;
  /** Resolves when the fleet has followed the last change of the control plane: changes run one after another. */
  #following: Promise<void> = Promise.resolve();
  #machines: readonly Instance[] | undefined;
  #faults: FleetFaults | undefined;

  constructor(source: StoredCluster, remembered: ClusterState | undefined, tools: ClusterTools) {
    this.source = source;
    this.#tools = tools;
    this.#dir = join(tools.layout.clusters, source.name);
    this.#state = {
      name: source.name,
      store: `s3://${source.bucket}/${source.folder}`,
      server: remembered?.server ?? "",
      kubeconfig: kubeconfigOf(this.#dir),
      status: "starting",
    };
  }

  get state(): ClusterState {
    return this.#state;
  }

  /** Known after the first start. */
  get region(): string | undefined {
    return this.#region;
  }

  async start(): Promise<void> {
    const { stores, layout, binary, log, onStart } = this.#tools;
    const { name } = this.source;
    const began = Date.now();
    const [authority, serviceAccount, completed] = await Promise.all([
      stores.readAuthority(this.source),
      stores.readServiceAccount(this.source),
      stores.readCompletedSpec(this.source),
    ]);
    if (authority === undefined || serviceAccount === undefined || completed === undefined) {
      throw new Error(`its keys or its spec have just been deleted from ${this.#state.store}`);
    }
    const spec = parseCompletedSpec(completed);
    const plane = {
      name,
      dir: this.#dir,
      binary,
      spec,
      authority: parseKeyset(authority),
      serviceAccount: parseKeyset(serviceAccount),
    };
    this.#region = spec.region;
    this.#login = spec.login;
    this.#plane = await keepAlive({
      name: `control plane of ${name}`,
      log,
      start: async () => {
        const port = Number(this.#state.server === "" ? 0 : new URL(this.#state.server).port);
        const child = await startControlPlane(
          {
            ...plane,
            spec: { ...spec, login: this.#login ?? spec.login },
            port,
            log: join(layout.logs, `cluster-${name}.log`),
          },
          (identity) => {
            onStart(`control plane of ${name}`, identity);
          },
        );
        this.#state = { ...this.#state, server: apiServer(child) };
        return child;
      },
      onChange: (problem) => {
        this.#following = this.#following.then(() => this.#planeChanged(problem));
      },
    });
    await this.#following;
    log(`${name}: its API answers at ${this.#state.server} after ${Date.now() - began} ms`);
  }

  async #planeChanged(problem: string | undefined): Promise<void> {
    const { log, stores, sizeOf, onChange } = this.#tools;
    const { name } = this.source;
    const former = this.#fleet;
    this.#fleet = undefined;
    await former?.stop();
    if (problem !== undefined) {
      this.fail(problem);
      return;
    }
    this.#state = { ...this.#state, status: "ready", problem: undefined };
    try {
      const region = this.#region ?? "";
      this.#fleet = new Fleet(
        {
          client: await KubeClient.fromKubeconfig(this.#state.kubeconfig),
          now: () => new Date(),
          sizeOf: (machineType) => sizeOf(region, machineType),
          launchOf: async (instance) => {
            if (instance.role !== "node") await this.#takeUpLogin(instance);
            const file = launchFile(instance.role, instance.group);
            const text = await stores.read(this.source, file);
            if (text === undefined) throw new Error(`${instance.id} cannot boot: ${this.#state.store} has no ${file}`);
            return parseLaunch(text);
          },
        },
        (line) => {
          log(`${name}: ${line}`);
        },
      );
      if (this.#machines && this.#faults) this.#fleet.update(this.#machines, this.#faults);
    } catch (error) {
      this.fail(messageOf(error));
      return;
    }
    onChange();
  }

  /**
   * On AWS, a new control-plane node brings an API server with the logins of the current spec, while older nodes keep
   * theirs. Here all nodes share one API server: it restarts, and the node joins when the API answers again.
   */
  async #takeUpLogin(instance: Instance): Promise<void> {
    const completed = await this.#tools.stores.readCompletedSpec(this.source);
    if (completed === undefined) return;
    const { login } = parseCompletedSpec(completed);
    if (isDeepStrictEqual(login, this.#login)) return;
    this.#login = login;
    // Not awaited: the restart ends the fleet, which waits for this.
    void this.#plane?.restart();
    throw new Error(`${instance.id} has other logins: the API server restarts`);
  }

  update(machines: readonly Instance[], faults: FleetFaults): void {
    this.#machines = machines;
    this.#faults = faults;
    this.#fleet?.update(machines, faults);
  }

  fail(problem: string): void {
    this.#state = { ...this.#state, status: "failed", problem };
    this.#tools.onChange();
  }

  async stop(): Promise<void> {
    await this.#following;
    await this.#fleet?.stop();
    await this.#plane?.stop();
  }

  /** Removes everything of a cluster that kOps has deleted. */
  async forget(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}
