import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { groupLabel } from "../../../local/cloud/fleet/node.ts";
import { cloudState, ensureCloud, setFleetFaults, stopCloud, type CloudState } from "../../../local/cloud/index.ts";
import { isAlive, type ProcessIdentity } from "../../../local/base/processes.ts";
import { readState } from "../../../local/cloud/supervision/state.ts";
import type { Layout } from "../../../local/base/layout.ts";
import type { ToolPaths } from "../../../local/tools/index.ts";
import {
  makeNetwork,
  manifestOf,
  removeCloud,
  temporaryLayout,
  testTools,
  until,
  Workbench,
  type TestNetwork,
} from "./bench.ts";

const name = "k1.sbx.test";
const quiet = (): void => undefined;

async function processesOf(layout: Layout): Promise<ProcessIdentity[]> {
  const state = await readState(layout);
  return state ? [state.daemon, ...state.children] : [];
}

async function allGone(processes: readonly ProcessIdentity[]): Promise<boolean> {
  return (await Promise.all(processes.map(isAlive))).every((alive) => !alive);
}

async function childOf(layout: Layout, child: string): Promise<ProcessIdentity> {
  const found = (await readState(layout))?.children.find((one) => one.name === child);
  if (!found) throw new Error(`no ${child} runs`);
  return found;
}

describe("the local cloud", function () {
  this.timeout(180_000);

  let tools: ToolPaths;
  let layout: Layout;
  let cloud: CloudState;
  let bench: Workbench;
  let network: TestNetwork;

  const server = (): string => cloud.clusters.find((cluster) => cluster.name === name)?.server ?? "";

  before(async function () {
    this.timeout(3_600_000);
    tools = await testTools();
    layout = await temporaryLayout();
  });

  after(async () => {
    await removeCloud(layout);
  });

  it("starts once for any number of simultaneous requests", async () => {
    const [first, second] = await Promise.all([ensureCloud(layout, tools, quiet), ensureCloud(layout, tools, quiet)]);
    expect(first).to.deep.equal(second);
    expect(await cloudState(layout)).to.deep.equal(first);
    cloud = first;
    bench = new Workbench(layout, tools, cloud);
    network = await makeNetwork(cloud);
  });

  it("runs a cluster's API with its own CA, and its machines as nodes, once kOps creates them", async () => {
    await bench.kops(["create", "-f", "-"], manifestOf(name, network, "t3.large"));
    await bench.kops(["update", "cluster", name, "--yes", "--create-kube-config=false"]);
    const applied = Date.now();
    await until("the control plane is ready", async () => (await cloudState(layout))?.clusters[0]?.status === "ready");
    cloud = (await cloudState(layout)) ?? cloud;
    await until("all nodes have joined", async () => (await bench.nodes(name, groupLabel)).length === 6);
    expect(Date.now() - applied).to.be.below(20_000);

    await bench.kops(["export", "kubeconfig", name, "--admin", "--api-server", server()]);
    expect(await bench.kops(["validate", "cluster", name, "--api-server", server()])).to.contain(
      `Your cluster ${name} is ready`,
    );
    expect(JSON.parse(await readFile(layout.accessFile, "utf8"))).to.deep.equal({
      clusters: { [name]: { server: server() } },
    });
  });

  it("keeps private keys and admin credentials from other users of the machine", async () => {
    for (const file of ["pki/ca.key", "pki/service-account.key", "admin.kubeconfig", "serving.key"]) {
      expect((await stat(join(layout.clusters, name, file))).mode & 0o077, file).to.equal(0);
    }
    expect((await stat(layout.stateFile)).mode & 0o077).to.equal(0);
  });

  it("gives nodes their instance group's version, labels, taints, zone and machine type", async () => {
    const [worker = ""] = await bench.nodes(name, "node-role.kubernetes.io/node");
    const node = JSON.parse(await bench.kubectl(name, ["get", "node", worker, "-o", "json"])) as {
      metadata: { labels: Record<string, string> };
      spec: { providerID: string; taints?: { key: string }[] };
      status: { nodeInfo: { kubeletVersion: string } };
    };
    const zone = node.metadata.labels["topology.kubernetes.io/zone"] ?? "";
    expect(node.metadata.labels).to.include({
      team: "blue",
      [groupLabel]: "nodes",
      "node.kubernetes.io/instance-type": "t3.large",
      "topology.kubernetes.io/region": "ap-southeast-2",
      "kubernetes.io/arch": "amd64",
    });
    expect(node.spec.providerID).to.equal(`aws:///${zone}/${worker}`);
    expect(node.spec.taints?.map(({ key }) => key)).to.deep.equal(["dedicated"]);
    expect(node.status.nodeInfo.kubeletVersion).to.equal("v1.34.3");
  });

  it("runs workloads: it schedules deployments, runs a daemon set's pod on each node, completes jobs", async () => {
    await bench.kubectl(name, ["create", "deployment", "web", "--image=web", "--replicas=3"]);
    await bench.kubectl(name, ["create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=2"]);
    await bench.kubectl(name, ["create", "job", "once", "--image=job"]);
    const daemon = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "agent" },
      spec: {
        selector: { matchLabels: { app: "agent" } },
        template: {
          metadata: { labels: { app: "agent" } },
          spec: { tolerations: [{ operator: "Exists" }], containers: [{ name: "agent", image: "agent" }] },
        },
      },
    };
    await bench.kubectl(name, ["create", "-f", "-"], JSON.stringify(daemon));
    await bench.kubectl(name, ["rollout", "status", "deployment/web", "--timeout=30s"]);
    await bench.kubectl(name, ["rollout", "status", "daemonset/agent", "--timeout=30s"]);
    await bench.kubectl(name, ["wait", "--for=condition=complete", "job/once", "--timeout=30s"]);
    expect(await bench.kubectl(name, ["get", "daemonset", "agent", "-o", "jsonpath={.status.numberReady}"])).to.equal(
      "6",
    );
  });

  it("replaces three workers in a real rolling update, drained and validated, within 30 seconds", async () => {
    const controlPlane = await bench.nodes(name, "node-role.kubernetes.io/control-plane");
    const before = await bench.nodes(name, "node-role.kubernetes.io/node");
    await bench.kops(["replace", "-f", "-"], manifestOf(name, network, "m5.large"));
    await bench.kops(["update", "cluster", name, "--yes", "--create-kube-config=false"]);
    const began = Date.now();
    const output = await bench.kops([
      "rolling-update",
      "cluster",
      name,
      "--yes",
      "--api-server",
      server(),
      "--validate-count=1",
      "--control-plane-interval=1s",
      "--node-interval=1s",
      "--post-drain-delay=1s",
    ]);
    const seconds = (Date.now() - began) / 1000;
    expect(output).to.contain("Completed rolling update");
    expect(output).to.contain("evicting pod default/web");
    expect(seconds).to.be.below(30);
    const after = await bench.nodes(name, "node-role.kubernetes.io/node");
    expect(after).to.have.length(3);
    expect(after.filter((node) => before.includes(node))).to.deep.equal([]);
    expect(await bench.nodes(name, "node.kubernetes.io/instance-type=m5.large")).to.deep.equal(after);
    expect(await bench.nodes(name, "node-role.kubernetes.io/control-plane")).to.deep.equal(controlPlane);
    await bench.kubectl(name, ["rollout", "status", "deployment/web", "--timeout=30s"]);
  });

  it("lets a disruption budget block an eviction while too few pods are ready", async () => {
    await bench.kubectl(name, [
      "patch",
      "poddisruptionbudget",
      "web",
      "--type=merge",
      "-p",
      '{"spec":{"minAvailable":3}}',
    ]);
    await until(
      "the budget is used up",
      async () =>
        (await bench.kubectl(name, [
          "get",
          "poddisruptionbudget",
          "web",
          "-o",
          "jsonpath={.status.disruptionsAllowed}",
        ])) === "0",
    );
    const pods = await bench.kubectl(name, [
      "get",
      "pods",
      "-l",
      "app=web",
      "-o",
      "jsonpath={.items[0].metadata.name} {.items[0].spec.nodeName}",
    ]);
    const [pod = "", node = ""] = pods.split(" ");
    const drain = await bench.kubectl(name, ["drain", node, "--ignore-daemonsets", "--force", "--timeout=2s"]).then(
      () => "drained",
      (error: unknown) => String(error),
    );
    expect(drain).to.contain("violate the pod's disruption budget");
    expect(await bench.kubectl(name, ["get", "pod", pod, "-o", "name"])).to.equal(`pod/${pod}`);
    await bench.kubectl(name, ["uncordon", node]);
    await bench.kubectl(name, [
      "patch",
      "poddisruptionbudget",
      "web",
      "--type=merge",
      "-p",
      '{"spec":{"minAvailable":2}}',
    ]);
  });

  it("makes machines fail on request: nodes become unready, instances never join", async () => {
    await setFleetFaults(layout, { notReady: ["nodes"], neverJoin: ["nodes"] });
    const unready = async (): Promise<number> => {
      const statuses = await bench.kubectl(name, [
        "get",
        "nodes",
        "-o",
        'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      ]);
      return statuses.split(" ").filter((status) => status !== "True").length;
    };
    await until("the three workers are unready", async () => (await unready()) === 3);
    const validation = await bench.kops(["validate", "cluster", name, "--api-server", server()]).then(
      () => "valid",
      (error: unknown) => String(error),
    );
    expect(validation).to.contain('of role "node" is not ready');

    const [victim = ""] = await bench.nodes(name, "node-role.kubernetes.io/node");
    await bench.kops(["delete", "instance", victim, "--yes", "--cloudonly"]);
    await until(
      "the node of the terminated instance has left",
      async () => !(await bench.nodes(name, "node-role.kubernetes.io/node")).includes(victim),
    );
    expect(await bench.nodes(name, "node-role.kubernetes.io/node")).to.have.length(2);

    await setFleetFaults(layout, {});
    await until(
      "the replacement has joined and all are ready",
      async () => (await bench.nodes(name, "node-role.kubernetes.io/node")).length === 3 && (await unready()) === 0,
    );
  });

  it("restarts the AWS API and a control plane at the same address after they die", async () => {
    for (const child of ["AWS API", `control plane of ${name}`]) {
      const victim = await childOf(layout, child);
      process.kill(victim.pid, "SIGKILL");
      await until(
        `${child} runs again`,
        async () => {
          const state = await readState(layout);
          const again = state?.children.find((one) => one.name === child);
          return (
            again !== undefined &&
            again.pid !== victim.pid &&
            state?.problem === undefined &&
            state?.clusters[0]?.status === "ready"
          );
        },
        60,
      );
      expect(await cloudState(layout)).to.deep.equal(cloud);
    }
    expect(await bench.kops(["validate", "cluster", name, "--api-server", server(), "--wait=30s"])).to.contain(
      "is ready",
    );
  });

  it("leaves nothing running after a stop, and starts again with the same nodes and addresses", async () => {
    const nodes = await bench.nodes(name, groupLabel);
    const running = await processesOf(layout);
    expect(running).to.have.length(3);
    await stopCloud(layout, quiet);
    expect(await allGone(running)).to.equal(true);
    expect(await cloudState(layout)).to.equal(undefined);

    const again = await ensureCloud(layout, tools, quiet);
    expect(again).to.deep.equal({ ...cloud, pid: again.pid });
    cloud = again;
    expect(await bench.nodes(name, groupLabel)).to.deep.equal(nodes);
    expect(await bench.kops(["validate", "cluster", name, "--api-server", server()])).to.contain("is ready");
  });

  it("leaves nothing running if its daemon is killed, and continues from there after the next start", async () => {
    const nodes = await bench.nodes(name, groupLabel);
    const running = await processesOf(layout);
    process.kill(cloud.pid, "SIGKILL");
    await until("daemon and children are gone", () => allGone(running), 10);
    expect(await cloudState(layout)).to.equal(undefined);

    const again = await ensureCloud(layout, tools, quiet);
    expect(again).to.deep.equal({ ...cloud, pid: again.pid });
    cloud = again;
    expect(await bench.nodes(name, groupLabel)).to.deep.equal(nodes);
  });

  it("runs beside another local cloud, which does not see it", async () => {
    const other = await temporaryLayout();
    try {
      const beside = await ensureCloud(other, tools, quiet);
      expect(beside.endpoint).to.not.equal(cloud.endpoint);
      expect(beside.clusters).to.deep.equal([]);
      await stopCloud(other, quiet);
      expect(await cloudState(layout)).to.deep.equal(cloud);
    } finally {
      await removeCloud(other);
    }
  });

  it("ends the control plane of a deleted cluster, and deletes its data", async () => {
    const plane = await childOf(layout, `control plane of ${name}`);
    await bench.kops(["delete", "cluster", name, "--yes"]);
    await until("its control plane has ended", async () => !(await isAlive(plane)));
    await until(
      "it is in neither state nor access file",
      async () =>
        (await cloudState(layout))?.clusters.length === 0 &&
        (await readFile(layout.accessFile, "utf8")).replace(/\s/g, "") === '{"clusters":{}}',
    );
    await until("its data are gone", () =>
      stat(join(layout.clusters, name)).then(
        () => false,
        () => true,
      ),
    );
  });
});

describe("a local cloud that cannot start", function () {
  this.timeout(60_000);

  let tools: ToolPaths;
  let layout: Layout;

  before(async function () {
    this.timeout(3_600_000);
    tools = await testTools();
  });

  beforeEach(async () => {
    layout = await temporaryLayout();
  });

  afterEach(async () => {
    await removeCloud(layout);
  });

  const failure = async (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => "",
      (error: unknown) => String(error),
    );

  it("reports which port is busy, and what to type", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address ? address.port : 0;
    process.env["PILOT_AWS_PORT"] = String(port);
    try {
      const message = await failure(ensureCloud(layout, tools, quiet));
      expect(message).to.contain(`port ${port}`).and.to.contain("PILOT_AWS_PORT").and.to.contain("Next:");
    } finally {
      delete process.env["PILOT_AWS_PORT"];
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  it("reports why, shows the end of the log, and leaves nothing running", async () => {
    await mkdir(layout.aws, { recursive: true });
    await writeFile(join(layout.aws, "aws.pickle"), "torn");
    const message = await failure(ensureCloud(layout, tools, quiet));
    expect(message).to.contain("The AWS API of the local cloud did not start");
    expect(message).to.contain("aws.pickle is not a memory of the local cloud's AWS server");
    expect(message).to.contain(join(layout.logs, "aws.log")).and.to.contain("npm run local:reset");
    const state = await readState(layout);
    expect(state && (await isAlive(state.daemon))).to.equal(false);
    expect(await cloudState(layout)).to.equal(undefined);
  });
});
