import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { writePause } from "../../providers/kops/store/pause.ts";
import { openStore } from "../../providers/kops/store/store.ts";
import { bareArgs, clientOf, done, domain, makeBareCheckout, quick, region, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout, Node } from "./bare/index.ts";
import { faultsOf } from "./faults.ts";
import type { FaultRule } from "./faults.ts";

/** What the cluster file says beside its worker groups. */
interface Shape {
  version?: string;
  controlPlane?: string;
  /** Worker groups: machine type, fewest and most nodes. */
  groups: Record<string, [string, number, number]>;
}

const name = `k1.${domain}`;
const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** A window that is shut now, whenever that is: one hour of the day after tomorrow. */
function shutWindow(): NonNullable<NonNullable<BareArgs["rollingUpdate"]>["maintenanceWindows"]> {
  const other = day[(new Date().getUTCDay() + 2) % 7] ?? "Sun";
  return [{ days: [other], from: "12:00", to: "13:00", timezone: "Etc/UTC" }];
}

const alwaysOpen = [{ days: [...day], from: "00:00", to: "24:00", timezone: "Etc/UTC" }];

describe("changes that replace nodes", function () {
  this.timeout(4 * 60_000);
  let bare: BareCheckout;
  let shape: Shape = { version: "1.34.3", controlPlane: "t3.medium", groups: { nodes: ["t3.large", 1, 4] } };

  before(async () => {
    bare = await makeBareCheckout();
    await ask();
    expect((await bare.up()).output).to.contain(done);
  });
  after(() => bare.remove());

  /** Asks for the shape with some of it changed. */
  const ask = async (
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
      k1: bareArgs("k1", bare.surroundings, text, {
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
  /** What the pause command writes, without the seconds a command takes: nodes join within one here. */
  const pause = async (): Promise<void> => {
    const store = openStore(
      bare.surroundings.stateStore,
      { region },
      { S3_ENDPOINT: bare.endpoint, S3_ACCESS_KEY_ID: "local", S3_SECRET_ACCESS_KEY: "local" },
    );
    await writePause(store, name, { since: new Date().toISOString(), by: "kim@desk", reason: "sale on" });
  };

  /** How many nodes are ready and not cordoned, and how many pods of the deployment are ready. */
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

  it(
    "a change of size rolls nothing, resets no size an autoscaler chose, and says why kOps retries; a time-out " +
      "says what is unfinished",
    async () => {
      await scaling().send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: `nodes.${name}`, DesiredCapacity: 2 }),
      );
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
      // However quick kOps is, it is not done in that time.
      await faults.add({ ...busy, delayMs: 10_000 });
      await ask({ groups: { nodes: ["t3.large", 1, 5] } }, {}, { timeouts: { update: "2s" } });
      expect((await bare.upFails()).output).to.match(
        /The update of k1\S+ was stopped: timeouts\.update is 2s\.\s+unfinished: \S+/,
      );
      await faults.add(busy);
      await ask();
      const { output } = await bare.up();
      expect(output).to.contain("continues: the update begun");
      expect(output).to.match(/kOps retries AutoscalingGroup\/nodes\S*: .*an activity is in progress/);
      expect((await nodes()).map((node) => node.name)).to.have.members(names);
      expect(await desired("nodes")).to.equal(2);
    },
  );

  it(
    "manual: is applied, names the nodes that wait, is no difference, and no node is newer than the " + "control plane",
    async () => {
      await ask({ version: "1.34.4", groups: { nodes: ["t3.large", 3, 5] } }, { strategy: "manual" });
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
    },
  );

  it("paused in the middle of a group: stops before the next node, leaves none cordoned, and is resumed", async () => {
    await ask();
    const paused = await bare.npmDuring(/rolling nodes 1\/\d replacing/, pause, ...bare.upWords);
    expect(paused.exitCode).to.not.equal(0);
    expect(paused.output)
      .to.match(/stopped between two nodes of instance group nodes/)
      .and.to.match(/sale on; nodes \(i-.*\) waits for a roll/)
      .and.to.contain("npm run kops:resume");
    expect((await nodes()).filter(({ cordoned }) => cordoned)).to.deep.equal([]);
    expect((await versions()).filter((one) => one === "nodes v1.34.3")).to.have.length.within(1, 2);
    await bare.local("npm", "run", "kops:resume", "--", bare.surroundings.stateStore, name);
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

  it("a new group is there before the control plane rolls; a budget stops between control plane and nodes", async () => {
    await ask(
      { controlPlane: "t3.large", groups: { nodes: ["t3.large", 3, 5], extra: ["t3.large", 1, 1] } },
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
      .to.match(/stopped before the nodes were applied/)
      .and.to.match(/the budget of 1s is used up after/);
    await ask();
    expect((await bare.up()).output).to.contain(done);
    expect(
      (await nodes()).filter(({ controlPlane }) => controlPlane).map(({ machineType }) => machineType),
    ).to.deep.equal(["t3.large"]);
  });

  it(
    "a window that is shut holds the roll back; one that is open lets the chosen groups roll, by the cloud " + "alone",
    async () => {
      const groups: Shape["groups"] = { nodes: ["t3.xlarge", 3, 5], extra: ["t3.xlarge", 1, 1] };
      await ask({ groups }, { maintenanceWindows: shutWindow() });
      const old = (await nodes()).filter(({ controlPlane }) => !controlPlane).map((node) => node.name);
      expect((await bare.up()).output).to.match(
        /extra \(i-\S+\), nodes \(i-.*\) wait for a roll: the next maintenance window is/,
      );
      await ask({}, { maintenanceWindows: alwaysOpen, excludeGroups: ["extra"], cloudOnly: true });
      expect((await bare.up()).output).to.contain("extra waits for a roll: left out by rollingUpdate");
      expect((await nodes()).filter((node) => old.includes(node.name)).map(({ group }) => group)).to.deep.equal([
        "extra",
      ]);
      await ask({}, { includeGroups: ["extra"], force: true, cloudOnly: true });
      const kept = (await nodes()).filter(({ group }) => group === "nodes").map((node) => node.name);
      expect((await bare.up()).output).to.contain(done);
      expect((await nodes()).filter((node) => old.includes(node.name))).to.deep.equal([]);
      expect((await nodes()).filter(({ group }) => group === "nodes").map((node) => node.name)).to.have.members(kept);
    },
  );

  it("a minor that was stopped half-way is not taken back; asked for again, it goes on", async () => {
    await ask({ version: "1.35.0" });
    await bare.npmKilledAt(/rolling 1\/1 draining/, ...bare.upWords);
    await ask({ version: "1.34.4" });
    const before = new Date();
    const refused = await bare.upFails();
    expect(refused.output)
      .to.match(/cannot change from 1\.35\.0 to 1\.34\.4: a minor upgrade is irreversible/)
      .and.to.contain("nothing of the cluster was touched");
    const preview = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(preview.output, "in the preview, too")
      .to.contain("Cluster k1.bare.internal would be refused:")
      .and.to.contain("cluster.kubernetesVersion cannot change");
    // The preview looks at the API; nothing writes.
    const written = (await commandsSince(before)).filter(
      (command) => command.includes("--state s3://") && !command.startsWith("export kubeconfig"),
    );
    expect(written, "kOps on the live store").to.deep.equal([]);
    await ask({ version: "1.35.0" }, { cloudOnly: true });
    expect((await bare.up()).output).to.contain(done);
    expect(new Set((await nodes()).map(({ version }) => version))).to.deep.equal(new Set(["v1.35.0"]));
  });

  it(
    "a group that leaves cannot grow; its drain stops at a disruption budget, says so, and takes pods again when " +
      "it stays after all",
    async () => {
      await bare.kubectl("k1", "create", "deployment", "held", "--image=web", "--replicas=3");
      await bare.kubectl("k1", "create", "poddisruptionbudget", "held", "--selector=app=held", "--min-available=3");
      await bare.kubectl("k1", "rollout", "status", "deployment/held", "--timeout=60s");
      const { groups } = shape;
      await ask({ groups: { workers: ["t3.xlarge", 1, 1] } }, { drainTimeout: "2s" });
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
      await ask({ groups });
      expect((await bare.up()).output)
        .to.contain(`instance group ${group} stays after all`)
        .and.to.contain(done);
      expect((await nodes()).filter((one) => one.cordoned)).to.deep.equal([]);
      const { AutoScalingGroups: [sizes] = [] } = await scaling().send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`${group}.${name}`] }),
      );
      expect(sizes?.MaxSize).to.equal(groups[group]?.[2]);
      expect((await bare.refresh()).output).to.match(/Resources:\s+\d+ (unchanged|updated)/);
    },
  );

  it("the worker groups are renamed: never fewer ready nodes than before, and the disruption budget holds", async () => {
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
    await ask({ groups: { workers: ["t3.xlarge", 4, 6] } });
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
