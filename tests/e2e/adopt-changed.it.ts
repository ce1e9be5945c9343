import { AutoScalingClient, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { expect } from "chai";
import { desiredSpec, manifestOf } from "../../providers/kops/model/spec.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { openStore } from "../../providers/kops/store/object-store.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, domain, makeBareCheckout, quick, region } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { applyObjects, budgetOf, podOn } from "./bare/objects.ts";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** A window that is closed now, at any time of day. */
const maintenanceWindows = [
  { days: [days[(new Date().getUTCDay() + 2) % 7] ?? "Sun"], from: "12:00", to: "13:00", timezone: "Etc/UTC" },
];

describe("a cluster in use that is adopted with a newer Kubernetes", function () {
  this.timeout(6 * 60_000);
  let bare: BareCheckout;

  before(async () => {
    bare = await makeBareCheckout();
    const args = desired("1.33.7");
    await bare.write("manifest.yaml", manifestOf(desiredSpec({ ...args, owner: "nobody" })));
    const state = ["--state", "s3://bare-state"];
    await bare.local("kops", "create", "-f", "manifest.yaml", ...state);
    await bare.local("kops", "update", "cluster", "--name", name, "--yes", "--create-kube-config=false", ...state);
    await until("the control plane serves", async () =>
      (await bare.cloud()).clusters.some((one) => one.name === name && one.status === "ready"),
    );
    await until("all nodes have joined", async () => (await bare.nodes("k1")).length === 2);
  });
  after(() => bare.remove());

  const name = `k1.${domain}`;
  const desired = (kubernetes: string, changes: Partial<BareArgs> = {}): BareArgs =>
    bareArgs(
      "k1",
      bare.infrastructure,
      `{ kubernetesVersion: ${kubernetes}, nodeGroups: { nodes: { machineType: t3.large, minSize: 1, maxSize: 2 } } }`,
      { adopt: true, ...changes },
    );
  const versions = async (): Promise<string[]> =>
    (await bare.nodes("k1")).map(({ group, version }) => `${group.replace(/-ap-.*/, "")} ${version}`).sort();
  const journal = async (): Promise<Journal | undefined> =>
    await readJournal(
      openStore(
        bare.infrastructure.stateStore,
        { region },
        { S3_ENDPOINT: bare.endpoint, S3_ACCESS_KEY_ID: "local", S3_SECRET_ACCESS_KEY: "local" },
      ),
      name,
    );

  it("keeps its order after a kill in the control-plane roll: no node is newer than its API server", async () => {
    // A pod that may not be evicted keeps the drain from its end.
    const [plane] = (await bare.nodes("k1")).filter(({ controlPlane }) => controlPlane);
    await applyObjects(bare, podOn(plane?.name ?? "", "kept"), budgetOf("kept"));
    await bare.declare({ k1: desired("1.34.3") });
    await bare.npmKilledAt(/rolling 1\/1 draining/, ...bare.upWords);
    await bare.local("npx", "pilot", "pause", bare.infrastructure.stateStore, name);
    expect((await bare.upFails()).output)
      .to.match(/continues: the create begun/)
      .and.to.match(/stopped before instance group control-plane-ap-southeast-2a/);
    const { conditions = [] } = (await journal()) ?? {};
    expect(conditions.find(({ type }) => type === "ControlPlaneUpToDate")?.status, "before its roll").to.equal("False");
    const scaling = new AutoScalingClient(clientOf(bare.endpoint));
    await scaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: `nodes.${name}`, DesiredCapacity: 2 }));
    await until("a new node has joined", async () => (await bare.nodes("k1")).length === 3);
    expect(await versions()).to.deep.equal(["control-plane v1.33.7", "nodes v1.33.7", "nodes v1.33.7"]);
  });

  it("is not rolled outside its maintenance window, and may then not skip a minor", async () => {
    await bare.kubectl("k1", "delete", "pod,poddisruptionbudget", "kept");
    await bare.local("npx", "pilot", "resume", bare.infrastructure.stateStore, name);
    await bare.declare({ k1: desired("1.34.3", { rollingUpdate: { ...quick.rollingUpdate, maintenanceWindows } }) });
    expect((await bare.preview()).output).to.contain("held back: rolls begin only in a maintenance window");
    const { output } = await bare.up();
    expect(output)
      .to.contain("for a roll: the next maintenance window is")
      .and.to.contain("nodes stay at Kubernetes v1.33.7 until the control plane is rolled")
      .and.to.contain(done);
    expect(await versions()).to.deep.equal(["control-plane v1.33.7", "nodes v1.33.7", "nodes v1.33.7"]);
    await bare.declare({ k1: desired("1.35.0") });
    expect((await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output).to.contain(
      "the control plane may still run 1.33.7",
    );
    await bare.declare({ k1: desired("1.34.3") });
    expect((await bare.up()).output).to.contain(done);
    expect(await versions()).to.deep.equal(["control-plane v1.34.3", "nodes v1.34.3", "nodes v1.34.3"]);
  });
});
