import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { groupLabel } from "../../../local/cloud/fleet/node.ts";
import { cloudState } from "../../../local/cloud/index.ts";
import type { CloudState } from "../../../local/cloud/index.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { processes, runningOf } from "../../crash/processes.ts";
import { until } from "../../local/cloud/bench.ts";
import { makeFurnished } from "../checkout.ts";
import type { Checkout, Ran } from "../checkout.ts";
import { makeSurroundings } from "./network.ts";
import type { Surroundings } from "./network.ts";
import type { BareArgs } from "./request.ts";

export { clientOf, region, zones } from "./network.ts";
export type { Surroundings } from "./network.ts";
export { bareArgs, domain, quick } from "./request.ts";
export type { BareArgs } from "./request.ts";

/** A node as the cluster's API shows it. */
export interface Node {
  name: string;
  group: string;
  controlPlane: boolean;
  machineType: string;
  zone: string;
  ready: boolean;
  cordoned: boolean;
  version: string;
}

interface NodeList {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    spec: { unschedulable?: boolean };
    status: { nodeInfo: { kubeletVersion: string }; conditions: { type: string; status: string }[] };
  }[];
}

/** What an `up` says when a cluster is there. */
export const done = "the cluster is up to date";

/** What an `up`, refresh or preview says when there was nothing to do. */
export const unchanged = /Resources:\s+\d+ unchanged\s/;

const flags = ["--stack", "sbx", "--non-interactive"];

/**
 * A checkout whose program is nothing but KopsClusters, on a network and a state store made by plain AWS calls: the
 * provider on the real engines, without components and their plugins, hence quick. Everything else is as in
 * {@link Checkout}.
 */
export interface BareCheckout extends Checkout {
  readonly surroundings: Surroundings;
  /** The AWS API. */
  readonly endpoint: string;
  /** What the program makes from now on: arguments by Pulumi name. */
  declare(clusters: Record<string, BareArgs | Record<string, unknown>>): Promise<void>;
  /** `pulumi up` without preview, which must succeed. More flags may be given. */
  up(...more: string[]): Promise<Ran>;
  /** The same, which must fail. */
  upFails(...more: string[]): Promise<Ran>;
  preview(...more: string[]): Promise<Ran>;
  refresh(...more: string[]): Promise<Ran>;
  destroy(...more: string[]): Promise<Ran>;
  /** Words of a `pulumi up` without preview, for {@link Checkout.npmDuring} and {@link Checkout.npmKilledAt}. */
  readonly upWords: readonly string[];
  /** The cloud as it runs now: its clusters, their kubeconfigs. */
  cloud(): Promise<CloudState>;
  /** `kubectl` with the admin kubeconfig of the local cloud's own. */
  kubectl(cluster: string, ...args: string[]): Promise<string>;
  /**
   * As that of a {@link Checkout}, and waits until the provider, a group of its own, has found out and taken its kOps
   * with it.
   */
  npmKilledAt: Checkout["npmKilledAt"];
  nodes(cluster: string): Promise<Node[]>;
  /** Lines of kOps commands that the provider has started since a moment, as its logs have them. */
  kopsCommands(since?: Date): Promise<string[]>;
}

/** Makes the checkout, starts its local cloud, and makes what clusters go into. */
export function makeBareCheckout(): Promise<BareCheckout> {
  return makeFurnished(furnish);
}

async function furnish(checkout: Checkout): Promise<BareCheckout> {
  const program = await readFile(join(import.meta.dirname, "program.ts"), "utf8");
  await checkout.write("index.ts", program.replaceAll("../../../", "./"));
  await checkout.write("clusters.json", "{}");
  await checkout.local("pulumi", "stack", "select", "--create", "sbx");
  const cloud = async (): Promise<CloudState> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return state;
  };
  const { endpoint } = await cloud();
  const surroundings = await makeSurroundings(endpoint, "bare");
  const kubectl = async (cluster: string, ...args: string[]): Promise<string> => {
    const kubeconfig = (await cloud()).clusters.find(({ name }) => name.startsWith(`${cluster}.`))?.kubeconfig;
    if (kubeconfig === undefined) throw new Error(`the local cloud runs no cluster ${cluster}`);
    // Without npm around it: tests ask often, and a notice of npm's would stand in the middle of the JSON.
    const { bin, home } = layoutOf(checkout.folder, {});
    return (
      await execa(join(bin, "kubectl"), ["--kubeconfig", kubeconfig, ...args], {
        env: { PATH: process.env["PATH"], HOME: home },
        extendEnv: false,
      })
    ).stdout;
  };
  const upWords = ["run", "local", "--", "pulumi", "up", ...flags, "--yes", "--skip-preview"];
  return {
    ...checkout,
    surroundings,
    endpoint,
    upWords,
    cloud,
    kubectl,
    async npmKilledAt(pattern, ...args) {
      const ran = await checkout.npmKilledAt(pattern, ...args);
      await until(
        "nothing of the killed run works on",
        async () => Object.values(runningOf(await processes(), checkout.folder, checkout.folder)).flat().length === 0,
      );
      return ran;
    },
    declare: (clusters) => checkout.write("clusters.json", JSON.stringify(clusters, null, 2)),
    up: (...more) => checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more),
    upFails: (...more) => checkout.localFails("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more),
    preview: (...more) => checkout.local("pulumi", "preview", ...flags, ...more),
    refresh: (...more) => checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview", ...more),
    destroy: (...more) => checkout.local("pulumi", "destroy", ...flags, "--yes", "--skip-preview", ...more),
    async nodes(cluster) {
      const list = JSON.parse(await kubectl(cluster, "get", "nodes", "-o", "json")) as NodeList;
      return list.items.map(({ metadata: { name, labels }, spec, status }) => ({
        name,
        group: labels[groupLabel] ?? "",
        controlPlane: "node-role.kubernetes.io/control-plane" in labels,
        machineType: labels["node.kubernetes.io/instance-type"] ?? "",
        zone: labels["topology.kubernetes.io/zone"] ?? "",
        ready: status.conditions.some(({ type, status: value }) => type === "Ready" && value === "True"),
        cordoned: spec.unschedulable === true,
        version: status.nodeInfo.kubeletVersion,
      }));
    },
    async kopsCommands(since = new Date(0)) {
      const { output } = await checkout.local("sh", "-c", "cat $HOME/.local/state/pilot/logs/*/* 2>/dev/null || true");
      return output.split("\n").filter((line) => / \$ kops /.test(line) && new Date(line.slice(0, 24)) >= since);
    },
  };
}
