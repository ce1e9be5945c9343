import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { processes, runningOf } from "../crash/processes.ts";
import { endStates, keepStates } from "../local/aws/keep-states.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, domain, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";
import { faultsOf } from "./faults.ts";

/** The provider waits for AWS. */
const waits = /waiting for AWS to finish deleting an earlier k1\.bare\.internal: /;

describe("a cluster whose cloud is between alive and gone", function () {
  this.timeout(5 * 60_000);
  const name = `k1.${domain}`;
  let bare: BareCheckout;
  let scaling: AutoScalingClient;
  let ec2: EC2Client;

  before(async () => {
    bare = await makeBareCheckout();
    scaling = new AutoScalingClient(clientOf(bare.endpoint));
    ec2 = new EC2Client(clientOf(bare.endpoint));
    await declare("t3.large");
    expect((await bare.up()).output).to.contain(done);
  });
  afterEach(() => endStates(bare.endpoint));
  after(() => bare.remove());

  const declare = (machineType: string): Promise<void> =>
    bare.declare({
      k1: bareArgs("k1", bare.infrastructure, JSON.stringify({ nodeGroups: { nodes: { machineType, count: 2 } } })),
    });
  const lifecycle = async (group: string): Promise<string[]> =>
    (
      await scaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`${group}.${name}`] }))
    ).AutoScalingGroups?.[0]?.Instances?.map(({ LifecycleState }) => LifecycleState ?? "").sort() ?? [];
  const statuses = async (): Promise<string[]> =>
    (await scaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups?.map(
      ({ Status }) => Status ?? "",
    ) ?? [];
  /** States of the cluster's etcd volumes. */
  const volumes = async (): Promise<string[]> =>
    (
      await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: "tag-key", Values: ["k8s.io/etcd/main"] }] }))
    ).Volumes?.map(({ State }) => State ?? "") ?? [];
  const end = (): Promise<void> => endStates(bare.endpoint);

  it("is not drifted right after a roll, while an old node waits in the hook of its termination", async () => {
    await keepStates(bare.endpoint, "instances");
    await declare("t3.xlarge");
    expect((await bare.up()).output).to.contain(done);
    // kOps detached the first old node from the group, and AWS ends it outside.
    expect(await lifecycle("nodes")).to.deep.equal(["InService", "InService", "Terminating:Wait"]);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("is made again right after its destroy, once AWS has deleted its groups and etcd volumes", async () => {
    await keepStates(bare.endpoint, "groups", "volumes");
    await bare.destroy();
    expect(new Set(await statuses())).to.deep.equal(new Set(["Delete in progress"]));
    expect(await volumes()).to.deep.equal(["deleting"]);
    expect((await bare.preview()).output).to.match(
      /the up first waits until AWS has deleted: .*Auto Scaling group nodes\.k1\S+ \(Delete in progress\).*volume a\.etcd-main\.k1\S+ \(deleting\)/,
    );
    const { output } = await bare.npmDuring(waits, end, ...bare.upWords);
    expect(output)
      .to.contain(done)
      .and.to.match(/Auto Scaling group nodes\.k1\S+ \(Delete in progress\)/)
      .and.to.match(/volume a\.etcd-main\.k1\S+ \(deleting\)/);
    expect(await volumes()).to.deep.equal(["available"]);
    expect((await bare.refresh()).output).to.match(/Resources:\s+\d+ (unchanged|updated)/);
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("is not brought back from a deletion that was killed while AWS deletes its etcd volumes", async () => {
    const faults = await faultsOf(bare.endpoint);
    await faults.add({ service: "ec2", action: "DeleteSecurityGroup", code: "DependencyViolation", message: "in use" });
    await keepStates(bare.endpoint, "volumes");
    await bare.npmDuring(
      /deleting the cluster's cloud resources/,
      async (pid) => {
        await until("the etcd volumes are deleted", async () => (await volumes()).join() === "deleting", 60);
        process.kill(-pid, "SIGKILL");
      },
      ...bare.destroyWords,
    );
    await until(
      "the processes of the killed run have ended",
      async () => Object.values(runningOf(await processes(), bare.folder, bare.folder)).flat().length === 0,
    );
    await faults.clear();
    const { output } = await bare.npmDuring(waits, end, ...bare.upWords);
    expect(output)
      .to.contain(done)
      .and.to.contain("the deletion removed the cluster's data: finishing it, then making a new cluster")
      .and.not.to.contain("bringing the cluster back");
    expect(await volumes()).to.deep.equal(["available"]);
    await bare.destroy();
  });
});
