import {
  AutoScalingClient,
  DeleteTagsCommand as DeleteGroupTagsCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DeleteTagsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { bareArgs, clientOf, done, domain, makeBareCheckout, quick } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout } from "../e2e/bare/index.ts";

const name = `k1.${domain}`;
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** A window that is closed now, at any time of day. */
const shut = (): NonNullable<NonNullable<BareArgs["rollingUpdate"]>["maintenanceWindows"]> => [
  { days: [days[(new Date().getUTCDay() + 2) % 7] ?? "Sun"], from: "12:00", to: "13:00", timezone: "Etc/UTC" },
];

describe("a held-back roll", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  /** Each case changes the machine type of the case before. */
  const types = ["t3.large", "t3.xlarge"] as const;
  let turn = 0;

  const declare = async (options: BareArgs["rollingUpdate"] = {}): Promise<void> => {
    const args = bareArgs(
      "k1",
      bare.infrastructure,
      `nodeGroups: { nodes: { machineType: ${types[turn % 2] ?? ""}, count: 2 } }`,
      { rollingUpdate: { ...quick.rollingUpdate, ...options } },
    );
    // kOps makes and tags the subnets.
    const cluster: Record<string, unknown> = {
      ...args.cluster,
      networkCIDR: "172.21.0.0/16",
      subnets: (args.cluster["subnets"] as { name: string; type: string; zone: string }[]).map(
        ({ name: subnet, type, zone }, index) => ({ name: subnet, type, zone, cidr: `172.21.${index * 32}.0/19` }),
      ),
    };
    for (const key of ["networkID", "DisableSubnetTags", "additionalNetworkCIDRs"])
      Reflect.deleteProperty(cluster, key);
    await bare.declare({ k1: { ...args, cluster } });
  };
  const machines = async (): Promise<string[]> =>
    (await bare.nodes("k1")).filter(({ controlPlane }) => !controlPlane).map(({ machineType }) => machineType);
  const ids = async (): Promise<string[]> => (await bare.nodes("k1")).map((node) => node.name).sort();
  const ec2 = (): EC2Client => new EC2Client(clientOf(bare.endpoint));

  const losses: Record<string, () => Promise<void>> = {
    nothing: () => Promise.resolve(),
    "a tag of a subnet": async () => {
      const { Subnets = [] } = await ec2().send(
        new DescribeSubnetsCommand({ Filters: [{ Name: "tag:KubernetesCluster", Values: [name] }] }),
      );
      await ec2().send(
        new DeleteTagsCommand({
          Resources: [Subnets[0]?.SubnetId ?? ""],
          Tags: [{ Key: "kubernetes.io/role/internal-elb" }, { Key: "kubernetes.io/role/elb" }],
        }),
      );
    },
    "the tag by which an Auto Scaling group is found": async () => {
      const client = new AutoScalingClient(clientOf(bare.endpoint));
      await client.send(
        new DeleteGroupTagsCommand({
          Tags: [{ ResourceId: `nodes.${name}`, ResourceType: "auto-scaling-group", Key: "KubernetesCluster" }],
        }),
      );
      const { AutoScalingGroups: [group] = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`nodes.${name}`] }),
      );
      expect(group?.Tags?.map(({ Key }) => Key)).to.not.include("KubernetesCluster");
    },
    "the tag of a launch template": async () => {
      const { LaunchTemplates: [template] = [] } = await ec2().send(
        new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [`nodes.${name}`] }),
      );
      await ec2().send(
        new DeleteTagsCommand({ Resources: [template?.LaunchTemplateId ?? ""], Tags: [{ Key: "KubernetesCluster" }] }),
      );
    },
  };

  before(async () => {
    bare = await makeBareCheckout();
    await declare();
    expect((await bare.up()).output).to.contain(done);
  });
  after(() => bare.remove());

  const holds: Record<string, BareArgs["rollingUpdate"]> = {
    "a shut window": { maintenanceWindows: shut() },
    "the manual strategy": { strategy: "manual" },
    "a group left out": { excludeGroups: ["nodes"] },
  };
  const cases: [string, string, boolean][] = [
    ["a shut window", "nothing", false],
    ["a shut window", "a tag of a subnet", true],
    ["the manual strategy", "the tag by which an Auto Scaling group is found", true],
    ["a shut window", "the tag by which an Auto Scaling group is found", false],
    ["a group left out", "the tag of a launch template", true],
  ];
  for (const [held, lost, refreshed] of cases) {
    const seen = refreshed ? ", seen by a refresh" : "";
    it(`by ${held} is in the plan that releases it, with ${lost} missing${seen}`, async () => {
      turn += 1;
      await declare(holds[held]);
      const before = await ids();
      expect((await bare.up()).output).to.contain("for a roll");
      expect(await ids()).to.deep.equal(before);
      await losses[lost]?.();
      if (refreshed) await bare.refresh();
      await declare();
      const { output } = await bare.preview();
      expect(output).to.contain("roll 1. nodes: 2 nodes").and.to.not.contain("no node rolls");
      expect((await bare.up()).output).to.contain(done);
      expect(await machines()).to.deep.equal([types[turn % 2], types[turn % 2]]);
    });
  }

  it("is in no plan that still holds it back: a repair meanwhile rolls nothing", async () => {
    turn += 1;
    await declare({ maintenanceWindows: shut() });
    await bare.up();
    const before = await ids();
    await losses["the tag by which an Auto Scaling group is found"]?.();
    await bare.refresh();
    expect((await bare.preview()).output).to.contain("held back");
    await bare.up();
    expect(await ids()).to.deep.equal(before);
  });
});
