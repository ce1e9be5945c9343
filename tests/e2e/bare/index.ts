import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { groupLabel } from "../../../local/cloud/fleet/node.ts";
import { cloudState } from "../../../local/cloud/index.ts";
import type { CloudState } from "../../../local/cloud/index.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { processes, runningOf } from "../../crash/processes.ts";
import { until } from "../../local/cloud/bench.ts";
import { makeCheckoutWith } from "../checkout.ts";
import type { Checkout, Ran } from "../checkout.ts";
import { makeInfrastructure } from "./network.ts";
import type { Infrastructure } from "./network.ts";
import type { BareArgs } from "./request.ts";

export { clientOf, region, zones } from "./network.ts";
export type { Infrastructure } from "./network.ts";
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

/** The last line of an `up` that converged a cluster. */
export const done = "the cluster is up to date";

/** The summary of an `up`, refresh or preview without changes. */
export const unchanged = /Resources:\s+\d+ unchanged\s/;

const flags = ["--stack", "sbx", "--non-interactive"];

/**
 * A checkout whose program has only KopsClusters, on a network and a state store made by plain AWS calls. It runs the
 * provider on the real engines without components and their plugins, which is fast.
 */
export interface BareCheckout extends Checkout {
  readonly infrastructure: Infrastructure;
  /** The AWS API. */
  readonly endpoint: string;
  /** Writes what the program declares: arguments by Pulumi name. */
  declare(clusters: Record<string, BareArgs | Record<string, unknown>>): Promise<void>;
  /** `pulumi up` without preview; throws if it fails. Further arguments are flags. */
  up(...more: string[]): Promise<Ran>;
  /** The same; throws if it succeeds. */
  upFails(...more: string[]): Promise<Ran>;
  preview(...more: string[]): Promise<Ran>;
  refresh(...more: string[]): Promise<Ran>;
  destroy(...more: string[]): Promise<Ran>;
  /** Arguments of a `pulumi up` without preview, for {@link Checkout.npmDuring} and {@link Checkout.npmKilledAt}. */
  readonly upWords: readonly string[];
  /** The same of a `pulumi destroy`. */
  readonly destroyWords: readonly string[];
  /** The running local cloud: its clusters and their kubeconfigs. */
  cloud(): Promise<CloudState>;
  /** `kubectl` with the local cloud's own admin kubeconfig. */
  kubectl(cluster: string, ...args: string[]): Promise<string>;
  /**
   * Like {@link Checkout.npmKilledAt}. It also waits for the provider, which is in another process group: it notices
   * that its engine is gone and ends its kOps.
   */
  npmKilledAt: Checkout["npmKilledAt"];
  nodes(cluster: string): Promise<Node[]>;
  /** kOps command lines from the provider's logs, since a moment. */
  kopsCommands(since?: Date): Promise<string[]>;
}

/** Makes the checkout, starts its local cloud, and creates a network and a state store for clusters. */
export function makeBareCheckout(): Promise<BareCheckout> {
  return makeCheckoutWith(extend);
}

async function extend(checkout: Checkout): Promise<BareCheckout> {
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
  const infrastructure = await makeInfrastructure(endpoint, "bare");
  const kubectl = async (cluster: string, ...args: string[]): Promise<string> => {
    const kubeconfig = (await cloud()).clusters.find(({ name }) => name.startsWith(`${cluster}.`))?.kubeconfig;
    if (kubeconfig === undefined) throw new Error(`the local cloud runs no cluster ${cluster}`);
    // Not by npm: tests call it often, and npm's notices would end up in the JSON.
    const { bin, home } = layoutOf(checkout.folder, {});
    return (
      await execa(join(bin, "kubectl"), ["--kubeconfig", kubeconfig, ...args], {
        env: { PATH: process.env["PATH"], HOME: home },
        extendEnv: false,
      })
    ).stdout;
  };
  const words = (verb: string): string[] => ["run", "local", "--", "pulumi", verb, ...flags, "--yes", "--skip-preview"];
  return {
    ...checkout,
    infrastructure,
    endpoint,
    upWords: words("up"),
    destroyWords: words("destroy"),
    cloud,
    kubectl,
    async npmKilledAt(pattern, ...args) {
      const ran = await checkout.npmKilledAt(pattern, ...args);
      await until(
        "the processes of the killed run have ended",
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
