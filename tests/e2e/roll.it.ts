import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { writePause } from "../../providers/kops/store/pause.ts";
import { openStore } from "../../providers/kops/store/object-store.ts";
import { bareArgs, clientOf, done, domain, makeBareCheckout, quick, region, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout, Node } from "./bare/index.ts";
import { faultsOf } from "./faults.ts";
import type { FaultRule } from "./faults.ts";

/** The part of the cluster file that these tests change. */
interface Shape {
  version?: string;
  controlPlane?: string;
  /** Worker groups: machine type, minimum and maximum size. */
  groups: Record<string, [string, number, number]>;
}

const name = `k1.${domain}`;
const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** A window that is closed now at any time of day: one hour of the day after tomorrow. */
function shutWindow(): NonNullable<NonNullable<BareArgs["rollingUpdate"]>["maintenanceWindows"]> {
  const other = day[(new Date().getUTCDay() + 2) % 7] ?? "Sun";
  return [{ days: [other], from: "12:00", to: "13:00", timezone: "Etc/UTC" }];
}

const alwaysOpen = [{ days: [...day], from: "00:00", to: "24:00", timezone: "Etc/UTC" }];

describe("an update of node groups", function () {
  this.timeout(4 * 60_000);
  let bare: BareCheckout;
  let shape: Shape = { version: "1.34.3", controlPlane: "t3.medium", groups: { nodes: ["t3.large", 1, 4] } };

  before(async () => {
    bare = await makeBareCheckout();
    await declare();
    expect((await bare.up()).output).to.contain(done);
  });
  after(() => bare.remove());

  /** Declares the cluster with this change. */
  const declare = async (
    change: Partial<Shape> = {},
    options: BareArgs["rollingUpdate"] = {},
    changes: Partial<BareArgs> = {},
  ): Promise<void> => {
    shape = { ...shape, ...change };
    const { version, controlPlane, groups } = shape;
    const nodeGroups = Object.fromEntries(
      Object.entries(groups).map(([group, [machineType, minSize, maxSize]]) => [
        group,
        { machineType, minSize, maxSize },
      ]),
    );
    const text = JSON.stringify({
      kubernetesVersion: version,
      controlPlane: { count: 1, machineType: controlPlane },
      nodeGroups,
    });
    await bare.declare({
      k1: bareArgs("k1", bare.infrastructure, text, {
        rollingUpdate: { ...quick.rollingUpdate, ...options },
        ...changes,
      }),
    });
  };
  const nodes = async (): Promise<Node[]> => await bare.nodes("k1");
  const versions = async (): Promise<string[]> =>
    (await nodes()).map(({ group, version }) => `${group.replace(/-ap-.*/, "")} ${version}`).sort();
  const commandsSince = async (moment: Date): Promise<string[]> =>
    (await bare.kopsCommands(moment)).map((line) => line.replace(/^.* \$ kops /, ""));
  const scaling = (): AutoScalingClient => new AutoScalingClient(clientOf(bare.endpoint));
  const desired = async (group: string): Promise<number | undefined> => {
    const answer = await scaling().send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`${group}.${name}`] }),
    );
    return answer.AutoScalingGroups?.[0]?.DesiredCapacity;
  };
  /** Writes the pause directly: the command takes seconds, and nodes join within one here. */
  const pause = async (): Promise<void> => {
    const store = openStore(
      bare.infrastructure.stateStore,
      { region },
      { S3_ENDPOINT: bare.endpoint, S3_ACCESS_KEY_ID: "local", S3_SECRET_ACCESS_KEY: "local" },
    );
    await writePause(store, name, { since: new Date().toISOString(), by: "kim@desk", reason: "sale on" });
  };

  /** Counts ready nodes that are not cordoned, and ready pods of the deployment. */
  const watcher = async (): Promise<() => Promise<{ nodes: number; pods: number }>> => {
    const config = new KubeConfig();
    config.loadFromFile((await bare.cloud()).clusters[0]?.kubeconfig ?? "");
    const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
    return async () => {
      const [{ items }, web] = await Promise.all([
        core.listNode(),
        apps.readNamespacedDeployment({ name: "web", namespace: "default" }),
      ]);
      const ready = items.filter(
        ({ spec, status }) =>
          spec?.unschedulable !== true &&
          status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
      );
      return { nodes: ready.length, pods: web.status?.readyReplicas ?? 0 };
    };
  };

  it("rolls nothing for sizes, keeps an autoscaler's size, and explains kOps's retries and a time-out", async () => {
    await scaling().send(new SetDesiredCapacityCommand({ AutoScalingGroupName: `nodes.${name}`, DesiredCapacity: 2 }));
    expect((await bare.refresh()).output).to.match(/Resources:\s+\d+ (unchanged|updated)/);
    expect((await bare.up()).output).to.match(unchanged);
    const busy: FaultRule = {
      service: "autoscaling",
      action: "UpdateAutoScalingGroup",
      code: "ValidationError",
      message: "an activity is in progress",
      times: 1,
    };
    const faults = await faultsOf(bare.endpoint);
    const names = (await nodes()).map((node) => node.name);
    // kOps needs at least this long, so the time-out hits it.
    await faults.add({ ...busy, delayMs: 10_000 });
    await declare({ groups: { nodes: ["t3.large", 1, 5] } }, {}, { timeouts: { update: "2s" } });
    expect((await bare.upFails()).output).to.match(
      /The update of k1\S+ was stopped: timeouts\.update is 2s\.\s+unfinished: \S+/,
    );
    await faults.add(busy);
    await declare();
    const { output } = await bare.up();
    expect(output).to.contain("continues: the update begun");
    expect(output).to.match(/kOps retries AutoscalingGroup\/nodes\S*: .*an activity is in progress/);
    expect((await nodes()).map((node) => node.name)).to.have.members(names);
    expect(await desired("nodes")).to.equal(2);
  });

  it("names nodes that wait under strategy manual, with no drift and none newer than the control plane", async () => {
    await declare({ version: "1.34.4", groups: { nodes: ["t3.large", 3, 5] } }, { strategy: "manual" });
    const { output } = await bare.up();
    const plane = (await nodes()).find(({ controlPlane }) => controlPlane);
    expect(output).to.contain(`(${plane?.name}) waits for a roll: rollingUpdate.strategy is manual`);
    expect(output).to.contain("nodes stay at Kubernetes v1.34.3 until the control plane is rolled");
    expect(await versions()).to.deep.equal([
      "control-plane v1.34.3",
      "nodes v1.34.3",
      "nodes v1.34.3",
      "nodes v1.34.3",
    ]);
    await bare.refresh();
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("stops before the next node when paused, leaves no node cordoned, and is resumed", async () => {
    await declare();
    const paused = await bare.npmDuring(/rolling nodes 1\/\d replacing/, pause, ...bare.upWords);
    expect(paused.exitCode).to.not.equal(0);
    expect(paused.output)
      .to.match(/stopped between two nodes of instance group nodes/)
      .and.to.match(/sale on; nodes \(i-.*\) waits for a roll/)
      .and.to.contain("npx pilot resume");
    expect((await nodes()).filter(({ cordoned }) => cordoned)).to.deep.equal([]);
    expect((await versions()).filter((one) => one === "nodes v1.34.3")).to.have.length.within(1, 2);
    await bare.local("npx", "pilot", "resume", bare.infrastructure.stateStore, name);
    expect((await bare.up()).output)
      .to.match(/continues: the update begun/)
      .and.to.contain(done);
    expect(await versions()).to.deep.equal([
      "control-plane v1.34.4",
      "nodes v1.34.4",
      "nodes v1.34.4",
      "nodes v1.34.4",
    ]);
  });

  it("makes a new group before the control plane rolls, and stops after it when the budget is used up", async () => {
    await declare(
      { controlPlane: "t3.large", groups: { nodes: ["t3a.large", 3, 5], extra: ["t3.large", 1, 1] } },
      {},
      { budget: "1s" },
    );
    let there: Node[] = [];
    const stopped = await bare.npmDuring(
      /rolling 1\/1 draining/,
      async () => {
        there = await nodes();
      },
      ...bare.upWords,
    );
    expect(stopped.exitCode).to.not.equal(0);
    expect(there.map(({ group }) => group)).to.include("extra");
    expect(stopped.output)
      .to.match(/stopped before instance group nodes/)
      .and.to.match(/the budget of 1s is used up after/);
    await declare();
    expect((await bare.up()).output).to.contain(done);
    expect(
      (await nodes()).filter(({ controlPlane }) => controlPlane).map(({ machineType }) => machineType),
    ).to.deep.equal(["t3.large"]);
  });

  it("waits for the maintenance window, then rolls only the chosen groups, with cloudOnly", async () => {
    const groups: Shape["groups"] = { nodes: ["t3.xlarge", 3, 5], extra: ["t3.xlarge", 1, 1] };
    await declare({ groups }, { maintenanceWindows: shutWindow() });
    const old = (await nodes()).filter(({ controlPlane }) => !controlPlane).map((node) => node.name);
    expect((await bare.up()).output).to.match(
      /extra \(i-\S+\), nodes \(i-.*\) wait for a roll: the next maintenance window is/,
    );
    await declare({}, { maintenanceWindows: alwaysOpen, excludeGroups: ["extra"], cloudOnly: true });
    expect((await bare.up()).output).to.contain("extra waits for a roll: left out by rollingUpdate");
    expect((await nodes()).filter((node) => old.includes(node.name)).map(({ group }) => group)).to.deep.equal([
      "extra",
    ]);
    await declare({}, { includeGroups: ["extra"], force: true, cloudOnly: true });
    const kept = (await nodes()).filter(({ group }) => group === "nodes").map((node) => node.name);
    expect((await bare.up()).output).to.contain(done);
    expect((await nodes()).filter((node) => old.includes(node.name))).to.deep.equal([]);
    expect((await nodes()).filter(({ group }) => group === "nodes").map((node) => node.name)).to.have.members(kept);
  });

  it("refuses to revert a minor that was interrupted, and finishes it when it is declared again", async () => {
    await declare({ version: "1.35.0" });
    await bare.npmKilledAt(/rolling 1\/1 draining/, ...bare.upWords);
    await declare({ version: "1.34.4" });
    const before = new Date();
    const refused = await bare.upFails();
    expect(refused.output)
      .to.match(/cannot change from 1\.35\.0 to 1\.34\.4: a minor upgrade is irreversible/)
      .and.to.contain("nothing of the cluster was touched");
    const preview = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(preview.output, "in the preview, too")
      .to.contain("Cluster k1.bare.internal would be refused:")
      .and.to.contain("cluster.kubernetesVersion cannot change");
    // The preview reads the API; nothing writes.
    const written = (await commandsSince(before)).filter(
      (command) => command.includes("--state s3://") && !command.startsWith("export kubeconfig"),
    );
    expect(written, "kOps on the live store").to.deep.equal([]);
    await declare({ version: "1.35.0" }, { cloudOnly: true });
    expect((await bare.up()).output).to.contain(done);
    expect(new Set((await nodes()).map(({ version }) => version))).to.deep.equal(new Set(["v1.35.0"]));
  });

  it("freezes a removed group, stops its drain at a disruption budget, and uncordons it if it is kept", async () => {
    await bare.kubectl("k1", "create", "deployment", "held", "--image=web", "--replicas=3");
    await bare.kubectl("k1", "create", "poddisruptionbudget", "held", "--selector=app=held", "--min-available=3");
    await bare.kubectl("k1", "rollout", "status", "deployment/held", "--timeout=60s");
    const { groups } = shape;
    await declare({ groups: { workers: ["t3.xlarge", 1, 1] } }, { drainTimeout: "2s" });
    const failed = await bare.upFails();
    const [, node] = /the drain of node (i-\w+)/.exec(failed.output) ?? [];
    expect(failed.output).to.match(/a PodDisruptionBudget allows no disruption of default\/held-/);
    const { group = "", cordoned } = (await nodes()).find((one) => one.name === node) ?? {};
    expect(cordoned).to.equal(true);
    const grow = new SetDesiredCapacityCommand({
      AutoScalingGroupName: `${group}.${name}`,
      DesiredCapacity: ((await desired(group)) ?? 0) + 1,
    });
    expect(
      await scaling()
        .send(grow)
        .then(() => "it grew", String),
    ).to.contain("above max value");

    await bare.kubectl("k1", "delete", "poddisruptionbudget,deployment", "held");
    await declare({ groups });
    expect((await bare.up()).output)
      .to.contain(`instance group ${group} stays after all`)
      .and.to.contain(done);
    expect((await nodes()).filter((one) => one.cordoned)).to.deep.equal([]);
    const { AutoScalingGroups: [sizes] = [] } = await scaling().send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`${group}.${name}`] }),
    );
    expect(sizes?.MaxSize).to.equal(groups[group]?.[2]);
    expect((await bare.refresh()).output).to.match(/Resources:\s+\d+ (unchanged|updated)/);
  });

  it("renames worker groups with never fewer ready nodes than before, within the disruption budget", async () => {
    await bare.kubectl("k1", "create", "deployment", "web", "--image=web", "--replicas=3");
    await bare.kubectl("k1", "create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=2");
    await bare.kubectl("k1", "rollout", "status", "deployment/web", "--timeout=60s");
    const look = await watcher();
    const before = await look();
    let fewest = before;
    let looks = 0;
    const over = new AbortController();
    const watch = (async () => {
      for (; !over.signal.aborted; looks += 1) {
        const now = await look();
        fewest = { nodes: Math.min(fewest.nodes, now.nodes), pods: Math.min(fewest.pods, now.pods) };
        await sleep(200);
      }
    })();
    await declare({ groups: { workers: ["t3.xlarge", 4, 6] } });
    const { output } = await bare.up().finally(() => {
      over.abort();
    });
    await watch;
    expect(output).to.contain(done);
    expect((await nodes()).map(({ group }) => group.replace(/-ap-.*/, "")).sort()).to.deep.equal([
      "control-plane",
      "workers",
      "workers",
      "workers",
      "workers",
    ]);
    expect(looks).to.be.above(20);
    expect(before.nodes).to.equal(5);
    expect(fewest.nodes, "ready nodes").to.equal(before.nodes);
    expect(fewest.pods, "ready pods").to.be.at.least(2);
  });
});
