import { expect } from "chai";
import { converge } from "../../../../providers/kops/converge/converge.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { heldPool, releasedPool } from "../../../../providers/kops/kubernetes/node-pools.ts";
import type { NodePool } from "../../../../providers/kops/kubernetes/node-pools.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { rejection } from "../../../local/rejection.ts";
import { sampleInputs } from "../samples.ts";
import { ClusterStage } from "../stage.ts";

const { name, instanceGroups, cluster } = sampleInputs();
const spot = { role: "Node", machineType: "t3.large", image: "ami-0a1", manager: "Karpenter" };
const withSpot = { instanceGroups: { ...instanceGroups, spot }, cluster: { ...cluster, karpenter: { enabled: true } } };

describe("a group of Karpenter's", function () {
  this.timeout(20_000);
  let stage: ClusterStage;
  afterEach(() => stage.end());

  /** A cluster with such a group and one node of it, made by the NodePool `default`. */
  const begin = async (
    changes: Partial<KopsClusterInputs> = {},
    before: Partial<KopsClusterInputs> = withSpot,
  ): Promise<void> => {
    stage = await ClusterStage.begin(changes);
    await stage.lives({ ...stage.inputs, ...before });
    const { cloud } = stage;
    cloud.groups.splice(0, Infinity, ...cloud.groups.filter((group) => group.name !== `spot.${name}`));
    for (const [id, group] of [
      ["i-1", "spot"],
      ["i-2", "nodes"],
    ] as const) {
      cloud.instances.push({ id, tags: { KubernetesCluster: name, "kops.k8s.io/instancegroup": group } });
      // As kOps leaves them: without a label of their group.
      cloud.nodes.push({
        name: id,
        labels: id === "i-1" ? { "karpenter.sh/nodepool": "default" } : {},
        version: "v1.34.3",
      });
      cloud.pods.push({ name: `web-${id}`, node: id });
    }
    cloud.nodes.push({ name: "i-0", labels: { "node-role.kubernetes.io/control-plane": "" }, version: "v1.34.3" });
    cloud.karpenter["ec2nodeclasses"] = [
      ["of-spot", "spot"],
      ["of-other", "other"],
    ].map(([one = "", group = ""]) => ({
      metadata: { name: one },
      spec: { tags: { "kops.k8s.io/instancegroup": group } },
    }));
    cloud.karpenter["nodepools"] = [
      ["default", "of-spot"],
      ["spot", "of-other"],
    ].map(([one = "", of = ""]) => ({
      metadata: { name: one },
      spec: { template: { spec: { nodeClassRef: { name: of } } } },
    }));
  };
  const up = (): Promise<unknown> => stage.perform("update", converge);
  const inOrder = (...events: string[]): void => {
    const found = events.map((event) => stage.events.findIndex((one) => one.startsWith(event)));
    expect(found, `${events.join(", ")}, in:\n${stage.events.join("\n")}`)
      .to.deep.equal([...found].sort((a, b) => a - b))
      .and.to.not.include(-1);
  };

  it(
    "that is removed makes no more nodes, is drained, and loses its instances, before kOps deletes it; other " +
      "groups and NodePools stay",
    async () => {
      await begin();
      await up();
      inOrder(
        'patch nodepools default {"limits":{"cpu":"0"}}',
        "cordon i-1",
        "evict web-i-1",
        "TerminateInstances i-1",
        "kops delete instancegroup spot --yes",
      );
      expect(stage.events.filter((event) => /^(patch|cordon|evict|Terminate)/.test(event))).to.have.length(4);
      expect(stage.said.join("\n")).to.contain("kubectl delete nodepool default");
      expect(stage.cloud.instances.map(({ id }) => id)).to.deep.equal(["i-2"]);
    },
  );

  it(
    "that is removed is also drained by the run that continues an interrupted one: it has no Auto Scaling group, " +
      "and does not count as half removed",
    async () => {
      await begin();
      const begun = new Date().toISOString();
      const journal = await stage.readJournal();
      if (!journal) throw new Error("no journal");
      await stage.journal({
        ...journal,
        operation: {
          id: "1",
          verb: "update",
          digest: digestOf(desiredSpec(stage.inputs)),
          begun,
          steps: [{ name: "SpecWritten", begun }],
        },
      });
      await up();
      inOrder("cordon i-1", "evict web-i-1", "TerminateInstances i-1", "kops delete instancegroup spot --yes");
      expect(stage.said.join("\n")).not.to.contain("gone already");
    },
  );

  it(
    "that is removed as the last of its role empties the instance profile, found by name: it has no launch " +
      "template",
    async () => {
      const { nodes = {}, ...others } = instanceGroups;
      expect(nodes).not.to.deep.equal({});
      await begin({ instanceGroups: others }, { ...withSpot, instanceGroups: { ...others, spot } });
      await up();
      inOrder("evict web-i-1", `RemoveRoleFromInstanceProfile nodes.${name}`, "kops delete instancegroup spot --yes");
    },
  );

  it("makes nodes again when its removal is reverted", async () => {
    await begin(withSpot);
    const journal = await stage.readJournal();
    if (!journal) throw new Error("no journal");
    await stage.journal({ ...journal, cordoned: ["spot"] });
    const [pool] = stage.cloud.karpenter["nodepools"] ?? [];
    if (pool)
      Object.assign(pool, {
        metadata: { name: "default", annotations: { "pilot/limits": '{"memory":"9Gi"}' } },
        spec: { ...pool.spec, limits: { cpu: "0", memory: "9Gi" } },
      });
    await up();
    inOrder('patch nodepools default {"limits":{"cpu":null,"memory":"9Gi"}}');
  });

  it("is no new group at each change, and is not in the cloud's list of Auto Scaling groups", async () => {
    await begin(withSpot);
    await up();
    expect(stage.said.join("\n")).not.to.contain("what is new");
    const outputs = (await stage.readJournal())?.outputs as {
      observed: object;
      cloud: { instanceGroups: object; instanceProfiles: object };
    };
    expect(Object.keys(outputs.observed)).to.deep.equal(["control-plane-a", "nodes"]);
    expect(Object.keys(outputs.cloud.instanceGroups)).to.deep.equal(["control-plane-a", "nodes"]);
    expect(outputs.cloud.instanceProfiles).to.include({ spot: `nodes.${name}` });
  });

  it("is not applied while the control plane's version is unknown: its nodes could be newer", async () => {
    await begin({ ...withSpot, kopsVersion: "1.36.2" });
    stage.meanwhile = ([verb]) => {
      if (verb === "export") stage.kubeconfigServer = "http://127.0.0.1:9";
    };
    expect((await rejection(up())).message).to.contain(
      "Karpenter's nodes would otherwise get the new Kubernetes version",
    );
    expect(stage.commands.filter((command) => command.startsWith("update"))).to.deep.equal([]);
    expect(stage.store.objects.has(pilotKeysOf(name).journal)).to.equal(true);
  });
});

describe("a NodePool that must make no more nodes", () => {
  const pool = (spec: Partial<NodePool["spec"]>, annotations?: Record<string, string>): NodePool => ({
    metadata: { name: "p", ...(annotations && { annotations }) },
    spec: { template: { spec: { nodeClassRef: { name: "c" } } }, ...spec },
  });
  const held = (before: object): Record<string, string> => ({ "pilot/limits": JSON.stringify(before) });
  for (const [what, one, annotation, limits] of [
    ["may use no CPU", pool({}), {}, { cpu: "0" }],
    [
      "may use no CPU, and keeps its other limits",
      pool({ limits: { cpu: 100, memory: "9Gi" } }),
      { cpu: 100, memory: "9Gi" },
      { cpu: "0" },
    ],
    [
      "may have no nodes when it is static: Karpenter takes no other limit there",
      pool({ replicas: 3, limits: { nodes: "5" } }),
      { nodes: "5" },
      { nodes: "0" },
    ],
  ] as const) {
    it(what, () => {
      expect(heldPool(one)).to.deep.equal({ metadata: { annotations: held(annotation) }, spec: { limits } });
    });
  }

  it("is changed once, so that its earlier limits are not lost", () => {
    expect(heldPool(pool({ limits: { cpu: "0" } }, held({ cpu: 100 })))).to.equal(undefined);
  });

  for (const [what, limits, before, after] of [
    ["has none afterwards when it had none", { cpu: "0" }, {}, { cpu: null }],
    ["has its own afterwards", { cpu: "0", memory: "9Gi" }, { cpu: 100, memory: "9Gi" }, { cpu: 100, memory: "9Gi" }],
  ] as const) {
    it(what, () => {
      expect(releasedPool(pool({ limits }, held(before)))).to.deep.equal({
        metadata: { annotations: { "pilot/limits": null } },
        spec: { limits: after },
      });
    });
  }

  it("is left alone afterwards where somebody else set its limits", () => {
    expect(releasedPool(pool({ limits: { cpu: "0" } }))).to.equal(undefined);
  });
});
