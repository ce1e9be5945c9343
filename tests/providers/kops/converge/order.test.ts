import { expect } from "chai";
import { converge } from "../../../../providers/kops/converge/converge.ts";
import { ConfigError, LockedError } from "../../../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { kopsKeysOf, pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { rejection } from "../../../local/rejection.ts";
import { sampleInputs } from "../samples.ts";
import { ClusterStage } from "../stage.ts";

const node = { role: "Node", machineType: "t3.large", image: "ami-0a1", minSize: 1, maxSize: 3 };
const controlPlane = { role: "ControlPlane", machineType: "t3.medium", image: "ami-0a1", minSize: 1, maxSize: 1 };
const { name } = sampleInputs();
const keys = kopsKeysOf(name);

describe("a change of a living cluster", function () {
  this.timeout(20_000);
  let stage: ClusterStage;
  afterEach(() => stage.end());

  /** A cluster that runs what `before` adds to the inputs, and one that waits for each of its groups to be rolled. */
  const begin = async (
    changes: Partial<KopsClusterInputs> = {},
    before: Partial<KopsClusterInputs> = {},
  ): Promise<void> => {
    stage = await ClusterStage.begin(changes);
    await stage.lives({ ...stage.inputs, ...before });
    runs("v1.34.3");
    for (const group of Object.keys(stage.inputs.instanceGroups)) stage.waiting[group] = 1;
  };
  /** A cluster whose first operation was interrupted once it had written the manifests. */
  const beginInterruptedCreate = async (origin: "adopted" | "made"): Promise<void> => {
    await begin();
    const { applied, ...journal } = (await stage.readJournal()) ?? {};
    expect(applied).to.not.equal(undefined);
    const begun = new Date().toISOString();
    await stage.journal({
      ...(journal as Journal),
      origin,
      operation: { id: "1", verb: "create", digest: "before", begun, steps: [{ name: "SpecWritten", begun }] },
    });
  };
  /** The statuses of ControlPlaneUpToDate as its roll begins, filled in while it works. */
  const controlPlaneBeforeRoll = (): unknown[] => {
    const early: unknown[] = [];
    stage.meanwhile = async (args) => {
      if (args.includes("--yes") && args.includes("--instance-group=control-plane-a"))
        early.push((await stage.readJournal())?.conditions.find(({ type }) => type === "ControlPlaneUpToDate")?.status);
    };
    return early;
  };
  /** The control plane runs this version; without one it has no node that tells. */
  const runs = (version?: string): void => {
    const labels = { "node-role.kubernetes.io/control-plane": "" };
    stage.cloud.nodes.splice(0, Infinity, ...(version === undefined ? [] : [{ name: "i-0", labels, version }]));
  };
  const up = (): Promise<unknown> => stage.perform("update", converge);
  const at = (event: string): number => {
    const found = stage.events.findIndex((one) => one.startsWith(event));
    expect(found, `${event}, in:\n${stage.events.join("\n")}`).to.be.at.least(0);
    return found;
  };
  const rolls = (): string[] =>
    stage.commands.flatMap((command) => /^rolling-update .*--yes --instance-group=(\S+)/.exec(command)?.[1] ?? []);

  const written = "replace --force -f FILE";
  const whole = "update cluster --yes";
  const alone = "update cluster --yes --instance-group-roles=control-plane,apiserver";
  const controlPlaneRolled =
    "rolling-update cluster --yes --instance-group=control-plane-a --admin=2h --post-drain-delay=0s";
  const nodesRolled = "rolling-update cluster --yes --instance-group=nodes --admin=3h --post-drain-delay=0s";
  const pruned = "update cluster --yes --prune";
  /** What changes something. */
  const work = (): string[] => stage.commands.filter((command) => !/^(validate|export|get)/.test(command));

  it(
    "applies all groups before the control plane rolls, because kOps renders add-ons, security groups and IAM from " +
      "the groups that it is told; then rolls the nodes, and prunes last",
    async () => {
      await begin();
      await up();
      expect(work()).to.deep.equal([written, whole, controlPlaneRolled, nodesRolled, pruned]);
      expect(stage.commands.at(-1)).to.contain("validate cluster");
      expect((await stage.readJournal())?.operation).to.equal(undefined);
    },
  );

  it("applies again after the control plane's roll when kOps held nodes at its older version", async () => {
    await begin();
    runs("v1.33.9");
    await up();
    expect(work()).to.deep.equal([written, whole, controlPlaneRolled, whole, nodesRolled, pruned]);
    expect(stage.said).to.include("nodes stay at Kubernetes v1.33.9 until the control plane is rolled");
  });

  it("applies once while the control plane's roll is held back, and keeps nodes at its older version", async () => {
    await begin({ rollingUpdate: { strategy: "manual" } });
    runs("v1.33.9");
    await up();
    expect(work().filter((command) => command.startsWith("update"))).to.deep.equal([whole]);
    expect((await stage.readJournal())?.conditions.find(({ type }) => type === "NodesUpToDate")).to.deep.include({
      status: "False",
      reason: "ManualStrategy",
    });
  });

  it("applies the control plane alone, and says so, when nobody knows which version it runs", async () => {
    await begin();
    runs();
    await up();
    expect(work()).to.deep.equal([written, alone, controlPlaneRolled, whole, nodesRolled, pruned]);
    expect(stage.said.join("\n"))
      .to.contain("applying the control plane alone, because the Kubernetes API does not say which version it runs")
      .and.to.contain("add-ons, security groups and IAM policies lack what is there for other groups");
  });

  it("applies all groups without the API when the journal knows that the control plane runs that version", async () => {
    await begin();
    await stage.lives(stage.inputs, { running: { controlPlane: "1.34.3" } });
    runs();
    await up();
    expect(work().slice(0, 3)).to.deep.equal([written, whole, controlPlaneRolled]);
  });

  it("changes nothing when kOps loses the API while it must hold nodes back", async () => {
    await begin();
    runs("v1.33.9");
    stage.applyLines = [
      "I1 1 update_cluster.go:362] error checking control plane running version, assuming no upgrade",
    ];
    expect((await rejection(up())).message).to.contain("kOps lost the Kubernetes API");
    expect(rolls()).to.deep.equal([]);
  });

  it("archives the manifests before it writes over them", async () => {
    await begin();
    const config = stage.store.objects.get(keys.config);
    await up();
    const { archive } = pilotKeysOf(name);
    expect(at(`write ${archive}/`)).to.be.lessThan(at("kops replace"));
    const kept = [...stage.store.objects].filter(([key]) => key.startsWith(`${archive}/`)).map(([, body]) => body);
    expect(kept).to.have.length(1);
    expect(kept[0]).to.contain(config ?? "no manifest");
  });

  it("records the spec in the journal before kOps applies it", async () => {
    await begin();
    const lastApplied: unknown[] = [];
    stage.meanwhile = async ([verb]) => {
      if (verb === "update") lastApplied.push((await stage.readJournal())?.lastApplied);
    };
    await up();
    const { kopsVersion, cluster, instanceGroups } = stage.inputs;
    expect(lastApplied).to.deep.equal([1, 2].map(() => ({ kopsVersion, cluster, instanceGroups })));
  });

  for (const [when, during, rolled] of [
    ["between its apply and the roll of the control plane", "update", []],
    ["while the control plane was rolled", "control-plane-a", ["control-plane-a"]],
    ["while the group before was rolled", "nodes", ["control-plane-a", "nodes"]],
  ] as const) {
    it(`rolls no group by manifests that somebody else wrote ${when}`, async () => {
      await begin({ instanceGroups: { "control-plane-a": controlPlane, nodes: node, "nodes-b": node } });
      stage.meanwhile = async (args) => {
        if (args[0] === during || (args.includes("--yes") && args.includes(`--instance-group=${during}`)))
          await stage.store.put(keys.config, "by hand");
      };
      expect(await rejection(up()))
        .to.be.instanceOf(LockedError)
        .with.property("message")
        .that.contains(keys.config);
      expect(rolls()).to.deep.equal(rolled);
    });
  }

  it("does not begin when it removes a control-plane group, whose node holds an etcd member", async () => {
    await begin({}, { instanceGroups: { ...sampleInputs().instanceGroups, "control-plane-b": controlPlane } });
    const before = new Map(stage.store.objects);
    expect(await rejection(up()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("Control-plane group control-plane-b");
    expect(stage.events).to.deep.equal([]);
    expect([...stage.store.objects].filter(([key]) => key !== pilotKeysOf(name).lock)).to.deep.equal([...before]);
  });

  it("drains the nodes of a removed group before kOps deletes it, and keeps the group from growing meanwhile", async () => {
    await begin({}, { instanceGroups: { ...sampleInputs().instanceGroups, old: node } });
    stage.cloud.nodes.push({ name: "i-1", labels: { "kops.k8s.io/instancegroup": "old" }, version: "v1.34.3" });
    stage.cloud.pods.push({ name: "web", node: "i-1" });
    const cordoned: unknown[] = [];
    stage.changed = async (what) => {
      if (what === "cordon i-1") cordoned.push((await stage.readJournal())?.cordoned);
    };
    await up();
    const order = ["UpdateAutoScalingGroup old", "cordon i-1", "evict web", "kops delete instancegroup old"].map(at);
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(at("kops rolling-update cluster --yes --instance-group=nodes")).to.be.lessThan(order[0] ?? 0);
    expect(cordoned, "in the journal before the first cordon").to.deep.equal([["old"]]);
  });

  it("prunes nothing while nodes wait for their roll: they may still use it", async () => {
    await begin({ rollingUpdate: { strategy: "manual" } });
    stage.waiting["control-plane-a"] = 0;
    stage.applyLines = ["I1 1 x.go:1] not deleting SecurityGroupRule/sg-1 because it is marked for deferred-deletion"];
    await up();
    expect(stage.commands.filter((command) => command.includes("--prune"))).to.deep.equal([]);
    expect(stage.said).to.include("kept until no node waits for its roll: SecurityGroupRule/sg-1");
  });

  it("takes the whole route when it continues an interrupted run: no node comes before the control plane", async () => {
    await begin();
    const begun = new Date().toISOString();
    await stage.lives(stage.inputs, {
      operation: {
        id: "1",
        verb: "update",
        digest: digestOf(desiredSpec(stage.inputs)),
        begun,
        steps: [{ name: "SpecWritten", begun }],
      },
    });
    await up();
    expect(work()).to.deep.equal([written, whole, controlPlaneRolled, nodesRolled, pruned]);
  });

  it("takes it also after an interrupted adoption: others use the cluster, although it was never applied", async () => {
    await beginInterruptedCreate("adopted");
    runs("v1.33.9");
    const early = controlPlaneBeforeRoll();
    await up();
    expect(work()).to.deep.equal([written, whole, controlPlaneRolled, whole, nodesRolled, pruned]);
    expect(early, "before its roll").to.deep.equal(["Unknown"]);
  });

  it("continues a create as one, and calls no part up to date before its roll", async () => {
    await beginInterruptedCreate("made");
    const early = controlPlaneBeforeRoll();
    await up();
    expect(work()).to.deep.equal([written, whole, controlPlaneRolled, nodesRolled]);
    expect(early).to.deep.equal(["Unknown"]);
  });

  it("touches no cluster of another owner", async () => {
    await begin();
    await stage.lives(stage.inputs, { owner: "somebody/else" });
    expect(await rejection(up()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("somebody/else");
    expect(stage.events).to.deep.equal([]);
  });

  it("makes no new cluster while instances of the old one run without manifests in the store", async () => {
    await begin();
    for (const { key } of await stage.store.list(`${name}/`)) await stage.store.delete(key);
    expect(await rejection(up()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("the cloud runs it");
    expect(stage.commands).to.deep.equal([]);
  });
});
