import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { DeleteTagsCommand, DescribeLaunchTemplatesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { join } from "node:path";
import { templateOf } from "../../providers/kops/aws/auto-scaling-groups.ts";
import { desiredSpec, manifestOf } from "../../providers/kops/model/spec.ts";
import { authority } from "../providers/kops/authorities.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, makeBareCheckout, region, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { changesIn } from "./requests.ts";
import { otherContents, readTerraform, rulesOf, tagsInAws, tagsInTerraform } from "./terraform-output.ts";

describe("a cluster made with the kOps command line", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let s3: S3Client;

  before(async () => {
    bare = await makeBareCheckout();
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const args = desired();
    await bare.write("manifest.yaml", manifestOf(desiredSpec({ ...args, owner: "nobody" })));
    await kops("create", "-f", "manifest.yaml");
    await kops("update", "cluster", "--name", args.name, "--yes", "--create-kube-config=false");
  });
  after(() => bare.remove());

  const desired = (
    changes: Partial<BareArgs> = {},
    text = "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }",
  ): BareArgs => bareArgs("k1", bare.infrastructure, text, changes);
  const kops = async (...words: string[]): Promise<string> =>
    (await bare.local("kops", ...words, "--state", "s3://bare-state")).output;
  const etags = async (prefix = "k1.bare.internal/"): Promise<Record<string, string>> => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket: "bare-state", Prefix: prefix }));
    return Object.fromEntries(
      (answer.Contents ?? []).map(({ Key, ETag, LastModified }) => [
        Key ?? "",
        `${ETag ?? ""} ${LastModified?.toISOString() ?? ""}`,
      ]),
    );
  };
  const remove = (): Promise<unknown> =>
    bare.local(
      "pulumi",
      "state",
      "delete",
      "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k1",
      "--stack",
      "sbx",
      "--yes",
    );

  it("is refused without `adopt`; with it, the preview shows each difference before the adoption", async () => {
    await bare.declare({ k1: desired() });
    const refused = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(refused.output).to.contain("it was made without this program").and.to.contain("adopt: true");
    await bare.declare({
      k1: desired({ adopt: true }, "nodeGroups: { nodes: { machineType: t3.xlarge, count: 1 } }"),
    });
    const { output } = await bare.preview();
    expect(output)
      .to.contain("instanceGroups.nodes.machineType: t3.large -> t3.xlarge")
      .and.to.contain("roll 1. nodes");
  });

  it("is adopted without a write or a roll when it matches the inputs", async () => {
    const before = { etags: await etags(), changes: await changesIn(bare.endpoint) };
    await bare.declare({ k1: desired({ adopt: true, owner: "acme/platform/prod" } as Partial<BareArgs>) });
    const { output } = await bare.up();
    expect(output).to.contain("adopted as it is").and.to.contain(done);
    expect(await etags()).to.deep.equal(before.etags);
    expect(await changesIn(bare.endpoint)).to.deep.equal(before.changes);
  });

  it("belongs to its owner: another stack needs `adopt` once, and finds it after losing its state", async () => {
    await bare.declare({ k1: desired() });
    const refused = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(refused.output)
      .to.match(/owner \S+ does not have cluster k1\.bare\.internal/)
      .and.to.contain("it belongs to acme/platform/prod");
    await remove();
    expect((await bare.upFails()).output).to.contain("it belongs to acme/platform/prod");
    const before = await etags();
    await bare.declare({ k1: desired({ adopt: true }) });
    expect((await bare.up()).output).to.contain("adopted as it is");
    await bare.declare({ k1: desired() });
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect(await etags()).to.deep.equal(before);
    await remove();
    const quiet = await changesIn(bare.endpoint);
    expect((await bare.up()).output).to.contain(done);
    expect(await changesIn(bare.endpoint)).to.deep.equal(quiet);
  });

  it("gets missing secrets on adoption, as previewed; another certificate authority is refused", async () => {
    const dockerConfig = JSON.stringify({
      auths: { "registry.example.com": { auth: "cGlsb3Q6cHVsbC10b2tlbi1vZi10aGlzLXRlc3Q=" } },
    });
    const others = { adopt: true, owner: "acme/platform/prod" } as Partial<BareArgs>;
    const secret = async (): Promise<string> => {
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: "bare-state", Key: "k1.bare.internal/secrets/dockerconfig" }),
      );
      return Buffer.from(
        (JSON.parse((await Body?.transformToString()) ?? "") as { Data: string }).Data,
        "base64",
      ).toString();
    };
    await remove();
    const before = await etags("");
    await bare.declare({ k1: desired({ ...others, secrets: { dockerConfig, certificateAuthority: authority } }) });
    for (const refused of [
      await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive"),
      await bare.upFails(),
    ]) {
      expect(refused.output).to.contain("has another certificate authority than secrets.certificateAuthority");
    }
    expect(await etags("")).to.deep.equal(before);

    await bare.declare({ k1: desired({ ...others, secrets: { dockerConfig } }) });
    expect((await bare.preview()).output)
      .to.contain("plan: secret dockerConfig is added")
      .and.to.not.contain("as it is");
    expect((await bare.up()).output)
      .to.contain("secret dockerConfig: written")
      .and.to.contain(done);
    expect(await secret()).to.equal(dockerConfig);
    await remove();
    await bare.declare({ k1: desired({ adopt: true, secrets: { dockerConfig } }) });
    expect((await bare.preview()).output)
      .to.contain("as it is")
      .and.to.not.contain("secret dockerConfig");
    expect((await bare.up()).output).to.contain("adopted as it is");
  });

  it("is released by `retainOnDelete` and the forget command, and plain kOps finds nothing to do", async () => {
    await bare.edit("index.ts", "new KopsCluster(name, one)", "new KopsCluster(name, one, { retainOnDelete: true })");
    await bare.up();
    await bare.declare({});
    await bare.up();
    const forgotten = await bare.local(
      "node",
      "cli/pilot.mjs",
      "forget",
      "s3://bare-state",
      "k1.bare.internal",
      "--purge",
    );
    expect(forgotten.output).to.contain("is released to plain kOps");
    expect(Object.keys(await etags("_pilot/"))).to.deep.equal([]);
    expect(await kops("update", "cluster", "--name", "k1.bare.internal")).to.contain("No changes need to be applied");
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });

  describe("with the Terraform target", () => {
    const name = "k2.bare.internal";
    const target = { terraform: { providerExtraConfig: { max_retries: "10" } } };
    /** Two worker groups, one with several machine types. */
    const applied = (machineType: string, changes: Partial<BareArgs> = {}): BareArgs => {
      const args = bareArgs(
        "k2",
        bare.infrastructure,
        `nodeGroups: { nodes: { machineType: ${machineType}, count: 1 }, mixed: { machineType: t3.large, ` +
          "machineTypes: [t3a.large], spot: true, count: 1 } }",
        changes,
      );
      return { ...args, cluster: { ...args.cluster, target } };
    };
    const groups = async (): Promise<AutoScalingGroup[]> =>
      (
        await new AutoScalingClient(clientOf(bare.endpoint)).send(
          new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: "tag:KubernetesCluster", Values: [name] }] }),
        )
      ).AutoScalingGroups ?? [];
    const versions = async (): Promise<(string | undefined)[]> =>
      (await groups()).map((group) => templateOf(group)?.Version);
    /** Pins the groups to a version of their launch templates, as `terraform apply` does. */
    const hold = async (): Promise<void> => {
      const client = new AutoScalingClient(clientOf(bare.endpoint));
      for (const group of await groups()) {
        const { AutoScalingGroupName, LaunchTemplate, MixedInstancesPolicy } = group;
        const { LaunchTemplateId } = templateOf(group) ?? {};
        const { LaunchTemplates } = await new EC2Client(clientOf(bare.endpoint)).send(
          new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId ?? ""] }),
        );
        const held = { LaunchTemplateId, Version: String(LaunchTemplates?.[0]?.LatestVersionNumber) };
        const mixed = {
          ...MixedInstancesPolicy,
          LaunchTemplate: { ...MixedInstancesPolicy?.LaunchTemplate, LaunchTemplateSpecification: held },
        };
        await client.send(
          new UpdateAutoScalingGroupCommand({
            AutoScalingGroupName,
            ...(LaunchTemplate ? { LaunchTemplate: held } : { MixedInstancesPolicy: mixed }),
          }),
        );
      }
    };
    const nodes = async (): Promise<string[]> =>
      (await bare.nodes("k2")).map((one) => `${one.name} ${one.machineType}`).sort();

    it("is what Terraform would make, but for tags of security group rules and template versions", async () => {
      await bare.write("manifest.yaml", manifestOf(desiredSpec({ ...applied("t3.large"), owner: "nobody" })));
      await kops("create", "-f", "manifest.yaml");
      await kops("update", "cluster", "--name", name, "--yes", "--create-kube-config=false");
      await kops(
        "update",
        "cluster",
        "--name",
        name,
        "--target=terraform",
        "--out",
        "terraform",
        "--create-kube-config=false",
      );
      const written = await readTerraform(join(bare.folder, "terraform"));
      expect(tagsInTerraform(written))
        .to.deep.equal(await tagsInAws(bare.endpoint, name))
        .and.to.include.keys(`aws_launch_template nodes.${name}`, `aws_iam_role masters.${name}`);
      expect(await otherContents(bare.endpoint, written)).to.deep.equal([]);
      const rules = await rulesOf(bare.endpoint, name);
      expect(written.filter(({ type }) => type === "aws_security_group_rule")).to.have.length(rules.length);
      // kOps does not tag the rules of the load balancer.
      expect(rules.filter(({ tags }) => tags["KubernetesCluster"] === name)).to.have.length.above(10);
      expect(await versions()).to.deep.equal(["$Latest", "$Latest", "$Latest"]);
      const text = await bare.read("terraform/kubernetes.tf");
      expect(text.match(/ version += aws_launch_template\.[^.]+\.latest_version$/gm)).to.have.length(3);
    });

    it("is adopted from Terraform with its nodes, and its groups follow their launch templates again", async () => {
      // kOps made the cluster; nothing has waited for it yet.
      await until("the control plane serves", async () =>
        (await bare.cloud()).clusters.some((one) => one.name === name && one.status === "ready"),
      );
      await until("all nodes have joined", async () => (await nodes()).length === 3);
      await hold();
      const rules = await rulesOf(bare.endpoint, name);
      for (const { id, tags } of rules)
        await new EC2Client(clientOf(bare.endpoint)).send(
          new DeleteTagsCommand({ Resources: [id], Tags: Object.keys(tags).map((Key) => ({ Key })) }),
        );
      const [before, mixed] = [
        await nodes(),
        (await groups()).find(({ MixedInstancesPolicy }) => MixedInstancesPolicy)?.MixedInstancesPolicy,
      ];
      expect(await versions()).to.deep.equal(["1", "1", "1"]);
      await bare.declare({ k2: applied("t3.large", { adopt: true }) });
      const preview = (await bare.preview()).output;
      expect(preview)
        .to.contain("adopts the cluster")
        .and.to.not.contain("roll 1.")
        .and.to.not.contain("cluster.target");
      const { output } = await bare.up();
      expect(output)
        .to.contain(`Auto Scaling group nodes.${name}: follows its launch template from now on`)
        .and.to.contain(done);
      expect(await versions()).to.deep.equal(["$Latest", "$Latest", "$Latest"]);
      const after = (await groups()).find(({ MixedInstancesPolicy }) => MixedInstancesPolicy)?.MixedInstancesPolicy;
      expect({ ...after?.LaunchTemplate, LaunchTemplateSpecification: {} }).to.deep.equal({
        ...mixed?.LaunchTemplate,
        LaunchTemplateSpecification: {},
      });
      expect(after?.InstancesDistribution).to.deep.equal(mixed?.InstancesDistribution);
      expect(await rulesOf(bare.endpoint, name)).to.deep.equal(rules);
      expect(await nodes()).to.deep.equal(before);
      expect(await kops("get", "cluster", "--name", name, "-o", "yaml")).to.contain("max_retries");
    });

    it("is changed like any other, also after Terraform has pinned its groups to a version again", async () => {
      await hold();
      const before = await nodes();
      await bare.declare({ k2: applied("t3.xlarge") });
      await bare.up();
      expect(await versions()).to.deep.equal(["$Latest", "$Latest", "$Latest"]);
      expect(
        (await bare.nodes("k2"))
          .map(({ group, machineType, ready }) => `${group} ${machineType} ${String(ready)}`)
          .sort(),
      ).to.deep.equal([`control-plane-${region}a t3.medium true`, "mixed t3.large true", "nodes t3.xlarge true"]);
      expect((await nodes()).filter((one) => before.includes(one))).to.have.length(2);
    });
  });
});
