import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, domain, done, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { applyObjects, budgetOf, podOn } from "./bare/objects.ts";

const name = `k1.${domain}`;

/** CustomResourceDefinitions of the Karpenter kinds that the provider reads. */
const kinds = [
  ["karpenter.sh", "NodePool", "nodepools"],
  ["karpenter.k8s.aws", "EC2NodeClass", "ec2nodeclasses"],
].map(([group = "", kind = "", plural = ""]) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Cluster",
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
}));

/** Objects that users create for a Karpenter group with kOps 1.35 (docs/operations/karpenter.md of kOps). */
const objects = [
  {
    apiVersion: "karpenter.k8s.aws/v1",
    kind: "EC2NodeClass",
    metadata: { name: "of-spot" },
    spec: {
      amiFamily: "Custom",
      tags: { KubernetesCluster: name, "kops.k8s.io/instancegroup": "spot", "k8s.io/role/node": "1" },
    },
  },
  {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: { name: "default" },
    spec: {
      limits: { memory: "64Gi" },
      template: { spec: { nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "of-spot" } } },
    },
  },
];

describe("a Karpenter group", function () {
  this.timeout(4 * 60_000);
  let bare: BareCheckout;
  let ec2: EC2Client;

  before(async () => {
    bare = await makeBareCheckout();
    ec2 = new EC2Client(clientOf(bare.endpoint));
  });
  after(() => bare.remove());

  /** A cluster with Karpenter and these worker groups. */
  const args = (groups: Record<string, Record<string, unknown>>): BareArgs => {
    const base = bareArgs(
      "k1",
      bare.infrastructure,
      "nodeGroups: { nodes: { machineType: t3.large, count: 1 }, old: { machineType: t3.large, count: 1 } }",
    );
    const { cluster, instanceGroups } = base;
    const { nodes = {}, old = {} } = instanceGroups;
    const known: Record<string, Record<string, unknown>> = {
      old,
      spot: {
        role: "Node",
        manager: "Karpenter",
        machineType: "t3.large",
        image: nodes["image"],
        subnets: nodes["subnets"],
      },
    };
    const others = Object.fromEntries(Object.entries(instanceGroups).filter(([group]) => group !== "old"));
    const chosen = Object.fromEntries(
      Object.entries(groups).map(([group, changes]) => [group, { ...known[group], ...changes }]),
    );
    return {
      ...base,
      cluster: {
        ...cluster,
        karpenter: { enabled: true },
        nodeTerminationHandler: { enabled: false },
        iam: { ...(cluster["iam"] as object | undefined), useServiceAccountExternalPermissions: true },
      },
      instanceGroups: { ...others, ...chosen },
    };
  };
  const pods = async (): Promise<string[]> =>
    (await bare.kubectl("k1", "get", "pods", "-o", "jsonpath={.items[*].metadata.name}")).split(" ").filter(Boolean);
  const pool = async (): Promise<{ spec: { limits: object } }> =>
    JSON.parse(await bare.kubectl("k1", "get", "nodepool", "default", "-o", "json")) as { spec: { limits: object } };
  const nodeOf = async (group: string): Promise<string> =>
    (await bare.nodes("k1")).find((node) => node.group === group)?.name ?? "";

  /** Launches a machine as Karpenter does for pending pods, with the tags of the EC2NodeClass. */
  const launch = async (): Promise<string> => {
    const [image] = (await ec2.send(new DescribeImagesCommand({}))).Images ?? [];
    const tags = {
      KubernetesCluster: name,
      "kops.k8s.io/instancegroup": "spot",
      "k8s.io/role/node": "1",
      "karpenter.sh/nodepool": "default",
    };
    const { Instances: [made] = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: image?.ImageId,
        InstanceType: "t3.large",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: bare.infrastructure.zones[0]?.privateSubnetId,
        TagSpecifications: [
          { ResourceType: "instance", Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
        ],
      }),
    );
    const id = made?.InstanceId ?? "";
    await until(`${id} has joined`, async () =>
      (await bare.nodes("k1")).some((node) => node.name === id && node.ready),
    );
    return id;
  };
  const state = async (id: string): Promise<string | undefined> =>
    (await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0]?.State
      ?.Name;

  it("has no Auto Scaling group, and its nodes are no difference for up and refresh", async () => {
    await bare.declare({ k1: args({ old: {}, spot: {} }) });
    const { output } = await bare.up();
    expect(output).to.contain(done);
    const id = await launch();
    await applyObjects(bare, ...kinds);
    await applyObjects(bare, ...objects);
    expect(await nodeOf("spot")).to.equal(id);
    expect(
      await bare.kubectl("k1", "get", "nodes", "-l", "kops.k8s.io/instancegroup", "-o", "name"),
      "as on AWS, no node has a label of its group",
    ).to.equal("");
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.refresh()).output).to.match(unchanged);
  });

  it("is not counted as a roll when it changes; the preview says what reaches its nodes", async () => {
    await bare.declare({ k1: args({ old: {}, spot: { nodeLabels: { team: "blue" } } }) });
    const { output } = await bare.preview();
    expect(output)
      .to.contain("no node rolls")
      .and.to.match(/not rolled here: spot, .*nodeupscript\.sh/);
    const before = await nodeOf("spot");
    expect((await bare.up()).output).to.contain(done);
    expect(await nodeOf("spot")).to.equal(before);
  });

  it("is drained on removal, also after a killed run, loses its machines and gets no new ones", async () => {
    const node = await nodeOf("spot");
    await applyObjects(bare, podOn(node, "kept"), budgetOf("kept"), podOn(node, "free"));
    await until(
      "the budget is counted",
      async () => (await bare.kubectl("k1", "get", "pdb", "kept", "-o", "jsonpath={.status.expectedPods}")) === "1",
    );
    await bare.declare({ k1: args({ old: {} }) });
    await bare.npmKilledAt(/PodDisruptionBudget allows no disruption of default\/kept/, ...bare.upWords);
    expect(await pods(), "what the budget keeps, stays").to.deep.equal(["kept"]);
    expect((await pool()).spec.limits).to.deep.equal({ cpu: "0", memory: "64Gi" });
    await bare.kubectl("k1", "delete", "pdb", "kept");
    const { output } = await bare.up();
    expect(output)
      .to.contain(done)
      .and.to.match(/draining spot 1\/1/)
      .and.to.contain("kubectl delete nodepool default");
    expect(output).not.to.contain("already gone");
    expect(await pods()).to.deep.equal([]);
    expect(await state(node)).to.be.oneOf(["shutting-down", "terminated"]);
    expect(await bare.nodes("k1").then((nodes) => nodes.map(({ group }) => group).sort())).to.deep.equal([
      "control-plane-ap-southeast-2a",
      "nodes",
      "old",
    ]);
  });

  it("is removed as a usual group is, whose nodes are also found without a label and drained", async () => {
    const node = await nodeOf("old");
    await applyObjects(bare, podOn(node, "web"));
    await bare.declare({ k1: args({}) });
    const { output } = await bare.up();
    expect(output).to.contain(`draining old 1/1 ${node}`).and.to.contain(done);
    expect(await pods()).to.deep.equal([]);
    await bare.destroy();
  });

  it("is refused in the preview if it could never have a node", async () => {
    const { cluster, ...others } = args({ spot: {} });
    await bare.declare({
      k2: { ...others, name: `k2.${domain}`, cluster: { ...cluster, karpenter: { enabled: false } } },
    });
    expect((await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output)
      .to.contain("instanceGroups.spot.manager")
      .and.to.contain("set cluster.karpenter.enabled: true");
  });
});
