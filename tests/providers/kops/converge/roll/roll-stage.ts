import { updateConditions } from "../../../../../providers/kops/model/conditions.ts";
import type { Finding } from "../../../../../providers/kops/model/conditions.ts";
import { CancelledError } from "../../../../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../../../../providers/kops/model/inputs.ts";
import type { Journal } from "../../../../../providers/kops/store/journal.ts";
import type { KopsCommand } from "../../../../../providers/kops/kops-cli/kops.ts";
import { roll } from "../../../../../providers/kops/converge/roll/roll.ts";
import type { Rolling, RollPart } from "../../../../../providers/kops/converge/roll/roll.ts";
import { controlPlaneRoles, nodeRoles } from "../../../../../providers/kops/model/instance-groups.ts";
import { memoryStore } from "../../memory-store.ts";
import { sampleInputs } from "../../samples.ts";

export const groups = {
  "nodes-b": { role: "Node" },
  "nodes-a": { role: "Node" },
  bastions: { role: "Bastion" },
  apis: { role: "APIServer" },
  "control-plane-b": { role: "ControlPlane" },
  "control-plane-a": { role: "Master" },
};

export const all = [...controlPlaneRoles, ...nodeRoles];
export const began = new Date("2026-11-23T10:00:00Z");
export const nodes: RollPart = { roles: nodeRoles, condition: "NodesUpToDate" };
export const night = { days: ["Mon" as const], from: "22:00", to: "04:00", timezone: "Australia/Sydney" };
export const up = { type: "NodesUpToDate", status: "True", reason: "UpToDate", message: "" };
export const onlyNodes = { "control-plane-a": { role: "Master" }, "nodes-a": { role: "Node" } };

/**
 * An operation on a cluster of memory: kOps brings the groups it is told to up to date, node by node, and each group
 * takes ten minutes, which are over with its last node.
 */
export class Stage implements Rolling {
  readonly context: Rolling["context"];
  readonly journal: Journal;
  readonly commands: string[] = [];
  readonly said: string[] = [];
  readonly findings: Finding[] = [];
  readonly finished: Set<string>;
  clock = began.getTime();
  progressed = false;
  /** Called when a node is replaced. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  constructor(
    changes: Partial<KopsClusterInputs>,
    waiting: Record<string, number> = { "nodes-a": 2, "nodes-b": 1 },
    applied = true,
    finished: string[] = [],
  ) {
    const inputs = sampleInputs({ instanceGroups: groups, ...changes });
    const at = began.toISOString();
    this.finished = new Set(finished);
    this.journal = {
      version: 1,
      cluster: inputs.name,
      owner: inputs.owner,
      conditions: updateConditions([], [], began),
      instanceGroups: [],
      operation: {
        id: "1",
        verb: "update",
        digest: "d",
        begun: at,
        steps: finished.map((name) => ({ name, begun: "2026-11-23T08:00:00Z", ended: "2026-11-23T08:10:00Z" })),
      },
      origin: "made",
      ...(applied && { applied: { digest: "c", kopsVersion: inputs.kopsVersion, revision: 1, at } }),
    };
    const run = async (command: KopsCommand): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
      const args = command.args.filter((one) => !["rolling-update", "cluster", "--name", inputs.name].includes(one));
      this.commands.push(`${args.join(" ")}${command.usesApi ? "" : " (without API)"}`);
      if (args[0] === "get") {
        const instance = (group: string, index: number) => ({
          id: `i-${index}`,
          nodeName: `${group}-${index}`,
          status: index < (waiting[group] ?? 0) ? "NeedsUpdate" : "UpToDate",
          instanceGroup: `${group}.${inputs.name}`,
        });
        return {
          exitCode: 0,
          stdout: JSON.stringify(
            Object.keys(waiting).flatMap((group) => [0, 1, 2].map((index) => instance(group, index))),
          ),
          stderr: "",
        };
      }
      const stdout = Object.entries(waiting)
        .map(([group, need]) => `${group}\t\t${need > 0 ? "NeedsUpdate" : "Ready"}\t${need}\t\t${3 - need}\t3\t3\t3\t3`)
        .join("\n");
      const group = args.find((one) => one.startsWith("--instance-group="))?.replace("--instance-group=", "");
      if (args.includes("--yes") && group !== undefined) {
        const need = Math.max(waiting[group] ?? 0, args.includes("--force=true") ? 1 : 0);
        for (let node = 1; node <= need; node += 1) {
          command.onLine?.(`I1 1 x.go:1] Draining the node: "${group}-${node}".`);
          command.onLine?.(
            `I1 1 x.go:1] Stopping instance "i-${node}", node "${group}-${node}", in group ` +
              `"${group}.${inputs.name}" (this may take a while).`,
          );
          waiting[group] = Math.max(0, (waiting[group] ?? 0) - 1);
          if (node === need) this.clock += 600_000;
          await this.meanwhile();
          command.onLine?.("I1 1 x.go:1] waiting for 15s after terminating instance");
          await new Promise((resolve) => setImmediate(resolve));
          if (command.stop?.aborted) return { exitCode: 143, stdout, stderr: "" };
          command.onLine?.("I1 1 x.go:1] Cluster validated.");
        }
      }
      return { exitCode: 0, stdout, stderr: "" };
    };
    this.context = { inputs, store: memoryStore(), kops: { run }, progress: { say: (text) => this.said.push(text) } };
  }

  async step(name: string, work: () => Promise<Finding[]>): Promise<void> {
    const begun = this.now().toISOString();
    this.found(await work());
    this.journal.operation?.steps.push({ name, begun, ended: this.now().toISOString() });
  }

  found(findings: Finding[]): void {
    this.findings.push(...findings);
  }

  hasFinished(name: string): boolean {
    return this.finished.has(name);
  }

  assertManifests(): Promise<void> {
    return Promise.resolve();
  }

  now(): Date {
    return new Date(this.clock);
  }

  roll(part: RollPart = nodes): Promise<Finding> {
    return roll(this, part, () => this.now());
  }

  /** What is told to roll. */
  get rolls(): string[] {
    return this.commands.filter((command) => command.includes("--yes")).map((command) => command.replace("--yes ", ""));
  }

  get replaced(): number {
    return this.said.filter((line) => line.includes("replacing")).length;
  }

  async stopped(): Promise<CancelledError> {
    try {
      await this.roll();
    } catch (error) {
      if (error instanceof CancelledError) return error;
      throw error;
    }
    throw new Error("the roll was not stopped");
  }
}
