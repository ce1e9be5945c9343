import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientOf } from "./network/index.ts";
import { makeWholeCheckout } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";
import { inventory } from "./inventory.ts";

const gone = "k9.elsewhere.example.com";
const config = {
  network: { zones: ["ap-southeast-2a"], nat: "none" },
  dns: { type: "private", name: "prod.pilot.internal" },
  stateStore: { onDestroy: "retain", stateBucket: "prod-state", discoveryBucket: "prod-oidc" },
};
const purging = { ...config, stateStore: { ...config.stateStore, onDestroy: "purge" } };

describe("the destroy of an environment", function () {
  this.timeout(10 * 60_000);
  let checkout: WholeCheckout;
  let s3: S3;

  before(async () => {
    checkout = await makeWholeCheckout();
    s3 = new S3({ ...clientOf(checkout.endpoint), forcePathStyle: true });
    await checkout.stack("prod", config);
    await checkout.pulumi("up", "prod");
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const fails = async (...words: string[]): Promise<string> =>
    (await checkout.localFails("pulumi", ...words, "--stack", "prod", "--non-interactive")).output;

  it("outside a sandbox is refused, already in the preview, by the guard that all else waits for", async () => {
    const before = await inventory(checkout.endpoint);
    for (const words of [
      ["destroy", "--preview-only"],
      ["destroy", "--yes", "--skip-preview"],
    ]) {
      // Pulumi then leaves everything that the guard depends on: network, zone and store.
      expect(await fails(...words)).to.match(/BucketContents::prod" cannot be deleted\s+because it is protected/);
    }
    expect(await inventory(checkout.endpoint)).to.deep.equal(before);
    // The destroy without a preview forgot single tags, which are still there: Pulumi deletes them with their VPC.
    await checkout.pulumi("up", "prod");
    await checkout.pulumi("preview", "prod", "--refresh", "--expect-no-changes");
  });

  it("cannot be changed to a purge while a cluster lives in the store, also one of another stack", async () => {
    const journal = "_pilot/t1.prod.pilot.internal/journal.json";
    await s3.putObject({ Bucket: "prod-state", Key: journal, Body: `{"owner":"organization/pilot/team"}` });
    await checkout.stack("prod", purging);
    for (const words of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      expect(await fails(...words)).to.contain(
        "pilot:stateStore: onDestroy: a destroy would delete every version of every object in prod-state; it is " +
          "needed by t1.prod.pilot.internal (organization/pilot/team)",
      );
    }
    await s3.deleteObject({ Bucket: "prod-state", Key: journal });
    await checkout.pulumi("preview", "prod");
  });

  it("names what a deleted cluster left in the network before anything is destroyed, and ends without it", async () => {
    await checkout.stack("prod", { ...purging, sandbox: true });
    await checkout.pulumi("up", "prod");
    const { Vpcs = [] } = await checkout.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: "tag:Name", Values: ["prod"] }] }),
    );
    const VpcId = Vpcs[0]?.VpcId;
    const { Subnets = [] } = await checkout.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId ?? ""] }] }),
    );
    const group = await checkout.ec2.send(
      new CreateSecurityGroupCommand({
        VpcId,
        GroupName: "k8s-elb-web",
        Description: "of a Service",
        TagSpecifications: [
          { ResourceType: "security-group", Tags: [{ Key: `kubernetes.io/cluster/${gone}`, Value: "owned" }] },
        ],
      }),
    );
    const balancers = new ElasticLoadBalancingV2Client(clientOf(checkout.endpoint));
    const made = await balancers.send(
      new CreateLoadBalancerCommand({
        Name: "k8s-shop-web",
        Type: "network",
        Subnets: [Subnets[0]?.SubnetId ?? ""],
        Tags: [{ Key: "elbv2.k8s.aws/cluster", Value: gone }],
      }),
    );
    const before = await inventory(checkout.endpoint);
    expect(await fails("destroy", "--yes", "--skip-preview"))
      .to.contain("is not destroyed: AWS deletes no VPC that is in use")
      .and.to.contain(`of ${gone}: load balancer k8s-shop-web, security group k8s-elb-web ${group.GroupId ?? ""}`);
    expect(await inventory(checkout.endpoint)).to.deep.equal(before);

    await balancers.send(
      new DeleteLoadBalancerCommand({ LoadBalancerArn: made.LoadBalancers?.[0]?.LoadBalancerArn ?? "" }),
    );
    await checkout.ec2.send(new DeleteSecurityGroupCommand({ GroupId: group.GroupId ?? "" }));
    await checkout.pulumi("destroy", "prod");
    expect(await inventory(checkout.endpoint)).to.deep.equal({});
  });
});
