import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mirror } from "./mirror.ts";
import { applyAction, type FleetTools } from "./apply.ts";
import { noFaults, type FleetFaults } from "./faults.ts";
import type { Instance } from "./instances.ts";
import type { Node, Pod } from "./objects.ts";
import { planFleet, type FleetAction } from "./plan.ts";

const retryAfter = 1_000;

/** The kubelets of one cluster: acts on every change of its instances, nodes and pods. */
export class Fleet {
  readonly #tools: FleetTools;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #nodes = new Mirror<Node>();
  readonly #pods = new Mirror<Pod>();
  #instances: readonly Instance[] | undefined;
  #faults: FleetFaults = noFaults;
  #working: Promise<void> | undefined;
  #again = false;
  #lastError = "";

  constructor(tools: FleetTools, log: Log) {
    this.#tools = tools;
    this.#log = log;
    const follow = <T extends Node | Pod>(mirror: Mirror<T>, path: string): void => {
      void mirror.follow(tools.client, path, this.#stopping.signal, this.#act, this.#complain);
    };
    follow(this.#nodes, "/api/v1/nodes");
    follow(this.#pods, "/api/v1/pods");
  }

  /** Sets the current machines and their faults. */
  update(instances: readonly Instance[], faults: FleetFaults): void {
    this.#instances = instances;
    this.#faults = faults;
    this.#act();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    this.#tools.client.close();
  }

  readonly #act = (): void => {
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  };

  async #work(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      const [instances, nodes, pods] = [this.#instances, this.#nodes.objects, this.#pods.objects];
      // Do not act before everything has been listed.
      if (!instances || !nodes || !pods) return;
      await this.#perform(planFleet({ instances, nodes, pods, faults: this.#faults }));
    }
  }

  async #perform(actions: readonly FleetAction[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      actions.map(async (action) => {
        if (await applyAction(action, this.#tools)) this.#tell(action);
      }),
    );
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    for (const { reason } of failures) this.#complain(reason);
    if (failures.length > 0) setTimeout(this.#act, retryAfter).unref();
    else this.#lastError = "";
  }

  #tell(action: FleetAction): void {
    if (action.do === "join") this.#log(`${action.instance.id} joins as a node of ${action.instance.group}`);
    if (action.do === "leave") this.#log(`${action.node.metadata.name} leaves`);
    if (action.do === "report") this.#log(`${action.node.metadata.name} becomes ${action.ready ? "ready" : "unready"}`);
  }

  readonly #complain = (error: unknown): void => {
    const message = messageOf(error);
    if (this.#stopping.signal.aborted || message === this.#lastError) return;
    this.#lastError = message;
    this.#log(`the fleet: ${message}`);
  };
}
