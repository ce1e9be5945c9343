import { AutoScalingClient, DeleteTagsCommand, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateNetworkInterfaceCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteNetworkInterfaceCommand,
  DeleteTagsCommand as DeleteEc2TagsCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { bareArgs, clientOf, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { inventory } from "./inventory.ts";

/** As long as the name in kOps's own test minimal-longclustername. */
const long = "this.is.truly.a.really.really.really.really.really.long.cluster-name.minimal";

describe("a deletion without leftovers", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let ec2: EC2Client;
  let scaling: AutoScalingClient;
  let untouched: Record<string, string[]>;

  const args = (name: string, changes: Partial<BareArgs> = {}): BareArgs =>
    bareArgs(name, bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }", changes);
  const groupOf = async (name: string): Promise<string> =>
    (await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-name", Values: [name] }] })))
      .SecurityGroups?.[0]?.GroupId ?? "";
  const instances = async (): Promise<(string | undefined)[]> =>
    (
      (
        await ec2.send(
          new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
        )
      ).Reservations ?? []
    )
      .flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId))
      .sort();
  const destroyFails = (): Promise<{ output: string }> =>
    bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview");

  before(async () => {
    bare = await makeBareCheckout();
    ec2 = new EC2Client(clientOf(bare.endpoint));
    scaling = new AutoScalingClient(clientOf(bare.endpoint));
    untouched = await inventory(bare.endpoint);
  });
  after(() => bare.remove());

  it("removes the queue of a cluster with a long name, which kOps lists under another name", async () => {
    const made = args(long);
    await bare.declare({
      long: {
        ...made,
        cluster: { ...made.cluster, nodeTerminationHandler: { enabled: true, enableSQSTerminationDraining: true } },
      },
    });
    await bare.up();
    const there = await inventory(bare.endpoint);
    expect(there["queues"]?.join()).to.match(/this-is-truly-a-really[^,]*-[0-9a-v]{6}-nth$/);
    const gone = await bare.destroy();
    expect(gone.output).to.match(/deleted sqs this-is-truly-\S+-nth/);
    expect(await inventory(bare.endpoint)).to.deep.equal(untouched);
  });

  it("is refused before anything is deleted while somebody else holds its resources, and names who", async () => {
    await bare.declare({ k1: args("k1", { deletion: { noProgress: "30s" } }) });
    await bare.up();
    const running = await instances();
    const nodes = await groupOf("nodes.k1.bare.internal");
    const [zone] = bare.infrastructure.zones;
    const held = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: zone?.privateSubnetId,
        Groups: [nodes],
        Description: "of the warehouse",
      }),
    );
    const id = held.NetworkInterface?.NetworkInterfaceId ?? "";
    const queue = await new SQSClient(clientOf(bare.endpoint)).send(
      new CreateQueueCommand({ QueueName: "k1-bare-internal-2-orders" }),
    );
    const refused = await destroyFails();
    expect(refused.output).to.contain("Cluster k1.bare.internal cannot be deleted: nothing was deleted");
    expect(refused.output).to.contain(
      `unused network interface ${id} (of the warehouse) holds security group nodes.k1.bare.internal ` + `(${nodes})`,
    );
    expect(refused.output).to.contain(
      "kOps would delete them, because their names begin alike: sqs k1-bare-internal-2-orders",
    );
    expect(await instances()).to.deep.equal(running);
    const plan = await bare.local("node", "cli/pilot.mjs", "destroy-plan", "s3://bare-state", "k1.bare.internal");
    expect(plan.output)
      .to.contain(`network interface ${id} (of the warehouse)`)
      .and.to.contain("sqs k1-bare-internal-2-orders");
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    await new SQSClient(clientOf(bare.endpoint)).send(new DeleteQueueCommand({ QueueUrl: queue.QueueUrl }));
  });

  it("stops before anything is deleted while workloads still own resources, and names them", async () => {
    const cluster = "k1.bare.internal";
    const [zone] = bare.infrastructure.zones;
    const elb = new ElasticLoadBalancingV2Client(clientOf(bare.endpoint));
    const controller = [
      { Key: "elbv2.k8s.aws/cluster", Value: cluster },
      { Key: "service.k8s.aws/stack", Value: "shop/web" },
    ];
    await elb.send(
      new CreateLoadBalancerCommand({
        Name: "k8s-shop-web",
        Type: "network",
        Subnets: bare.infrastructure.zones.map(({ utilitySubnetId }) => utilitySubnetId),
        Tags: controller,
      }),
    );
    await elb.send(
      new CreateTargetGroupCommand({
        Name: "k8s-shop-web-1",
        Protocol: "TCP",
        Port: 80,
        VpcId: bare.infrastructure.vpcId,
        Tags: controller,
      }),
    );
    const claim = [
      { Key: `kubernetes.io/cluster/${cluster}`, Value: "owned" },
      { Key: "KubernetesCluster", Value: cluster },
      { Key: "ebs.csi.aws.com/cluster", Value: "true" },
      { Key: "kubernetes.io/created-for/pvc/name", Value: "data" },
      { Key: "kubernetes.io/created-for/pvc/namespace", Value: "shop" },
    ];
    const volume = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zone?.zone,
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: claim }],
      }),
    );
    const snapshot = await ec2.send(
      new CreateSnapshotCommand({
        VolumeId: volume.VolumeId,
        TagSpecifications: [
          {
            ResourceType: "snapshot",
            Tags: [
              { Key: `kubernetes.io/cluster/${cluster}`, Value: "owned" },
              { Key: "CSIVolumeSnapshotName", Value: "snapshot-1" },
            ],
          },
        ],
      }),
    );
    const running = await instances();
    const refused = await destroyFails();
    expect(refused.output)
      .to.contain("cannot be deleted: nothing was deleted")
      .and.to.contain("deletion.workloadResources is stop");
    for (const text of [
      "load balancer k8s-shop-web",
      "target group k8s-shop-web-1",
      `volume ${volume.VolumeId ?? ""} of PersistentVolumeClaim shop/data, with its data`,
      `snapshot ${snapshot.SnapshotId ?? ""} of VolumeSnapshot snapshot-1`,
    ])
      expect(refused.output).to.contain(text);
    expect(await instances()).to.deep.equal(running);
  });

  it("takes workload resources, untagged groups and plugin interfaces with `workloadResources: delete`", async () => {
    await bare.declare({ k1: args("k1", { deletion: { workloadResources: "delete", noProgress: "1m" } }) });
    await bare.up();
    const group = "nodes.k1.bare.internal";
    const { AutoScalingGroups: [found] = [] } = await scaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    await scaling.send(
      new DeleteTagsCommand({
        Tags: (found?.Tags ?? []).map(({ Key }) => ({ Key, ResourceId: group, ResourceType: "auto-scaling-group" })),
      }),
    );
    await ec2.send(
      new DeleteEc2TagsCommand({
        Resources: (found?.Instances ?? []).map(({ InstanceId = "" }) => InstanceId),
        Tags: [{ Key: "KubernetesCluster" }, { Key: "kubernetes.io/cluster/k1.bare.internal" }],
      }),
    );
    const [zone] = bare.infrastructure.zones;
    await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: zone?.privateSubnetId,
        Groups: [await groupOf(group)],
        Description: "aws-K8S-i-0123456789abcdef0",
        TagSpecifications: [
          {
            ResourceType: "network-interface",
            Tags: [{ Key: "cluster.k8s.amazonaws.com/name", Value: "k1.bare.internal" }],
          },
        ],
      }),
    );
    const plan = await bare.local("node", "cli/pilot.mjs", "destroy-plan", "s3://bare-state", "k1.bare.internal");
    expect(plan.output).to.match(
      /kOps does not know[^]*autoscaling group nodes\.k1\.bare\.internal[^]*deletion\.workloadResources is delete[^]*load-balancer k8s-shop-web/,
    );
    const gone = await bare.destroy();
    expect(gone.output)
      .to.contain(`deleted autoscaling group ${group}`)
      .and.to.contain("deleted load balancer k8s-shop-web")
      .and.to.contain("deleted target group k8s-shop-web-1");
    expect(await inventory(bare.endpoint)).to.deep.equal(untouched);
  });

  it("names a blocker that appears meanwhile, stops without progress, and is finished by the next run", async () => {
    await bare.declare({ k1: args("k1", { deletion: { noProgress: "15s" } }) });
    await bare.up();
    const nodes = await groupOf("nodes.k1.bare.internal");
    const [zone] = bare.infrastructure.zones;
    let id = "";
    const failed = await bare.npmDuring(
      /deleting the cluster's cloud resources/,
      async () => {
        id =
          (
            await ec2.send(
              new CreateNetworkInterfaceCommand({
                SubnetId: zone?.privateSubnetId,
                Groups: [nodes],
                Description: "of the warehouse",
              }),
            )
          ).NetworkInterface?.NetworkInterfaceId ?? "";
      },
      ...bare.destroyWords,
    );
    expect(failed.exitCode).not.to.equal(0);
    expect(failed.output).to.contain("The deletion of k1.bare.internal made no progress for 15s");
    expect(failed.output).to.contain(
      `security-group:${nodes} is held by unused network interface ${id} (of the warehouse)`,
    );
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    expect((await bare.destroy()).output).to.contain("the cluster is deleted");
    expect(await inventory(bare.endpoint)).to.deep.equal(untouched);
  });
});
