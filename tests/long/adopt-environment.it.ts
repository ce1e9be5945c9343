import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { inventory } from "../e2e/inventory.ts";
import { makeForeignNetwork, tagsOn } from "../e2e/network/foreign.ts";
import type { ForeignNetwork } from "../e2e/network/foreign.ts";
import { clientOf, region, zonesOf } from "../e2e/network/index.ts";
import { counts, unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

const domain = "old.internal";
const cluster = `k1.${domain}`;
const store = "s3://old-state";
const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";

describe("an environment made by plain AWS calls and the kOps command line", function () {
  this.timeout(20 * 60_000);
  let whole: WholeCheckout;
  let foreign: ForeignNetwork;
  let zoneId: string;
  let subnets: string[];
  /** Everything in AWS before kOps ran. */
  let initial: Record<string, string[]>;

  const list = (tier: "private" | "utility"): string => Object.values(foreign[tier]).join();
  const kops = async (...words: string[]): Promise<string> =>
    (await whole.local("kops", ...words, "--name", cluster, "--state", store)).output;

  before(async () => {
    whole = await makeWholeCheckout();
    const s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    foreign = await makeForeignNetwork(whole.ec2, { name: "old", prefix: "10.70", zones: "ab" });
    subnets = [...Object.values(foreign.private), ...Object.values(foreign.utility)];
    await s3.send(
      new CreateBucketCommand({ Bucket: "old-state", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    const zone = await new Route53Client(clientOf(whole.endpoint)).send(
      new CreateHostedZoneCommand({
        Name: domain,
        CallerReference: "old",
        HostedZoneConfig: { PrivateZone: true },
        VPC: { VPCId: foreign.vpcId, VPCRegion: region },
      }),
    );
    zoneId = zone.HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    initial = await inventory(whole.endpoint);

    await kops(
      "create",
      "cluster",
      "--zones",
      zonesOf("ab").join(),
      "--network-id",
      foreign.vpcId,
      "--network-cidr",
      "10.70.0.0/16",
      "--subnets",
      list("private"),
      "--utility-subnets",
      list("utility"),
      "--topology",
      "private",
      "--networking",
      "cilium",
      "--dns",
      "private",
      "--dns-zone",
      zoneId,
      "--kubernetes-version",
      "1.34.3",
      "--channel",
      "none",
      "--image",
      image,
      "--control-plane-count",
      "1",
      "--control-plane-size",
      "t3.medium",
      "--node-count",
      "2",
      "--node-size",
      "t3.large",
      "--admin-access",
      "10.0.0.0/8",
    );
    await kops("update", "cluster", "--yes", "--create-kube-config=false");
    await whole.write("clusters/sbx/kops/k1.yaml", await kops("get", "all", "-o", "yaml"));
    await whole.write(
      "clusters/sbx/k1.yaml",
      "manifest: kops/k1.yaml\nkopsVersion: 1.35.0\nadopt: true\ndeletionProtection: false\n",
    );
    await whole.stack("sbx", {
      network: {
        zones: zonesOf("ab"),
        existing: {
          tags: { Name: "old" },
          subnets: { private: { ids: Object.values(foreign.private) }, utility: { tags: { tier: "public" } } },
        },
      },
      dns: { type: "existing", name: domain, id: zoneId, visibility: "private" },
      sandbox: true,
      stateStore: { onDestroy: "purge" },
    });
  });
  after(() => whole.remove());

  it("is adopted by the whole program without a change in AWS, except for the program's own buckets", async () => {
    const [instances, tags, changes] = [
      await whole.instances(),
      await tagsOn(whole.ec2, subnets),
      await whole.changes(),
    ];
    expect(Object.keys(instances)).to.have.length(3);
    const preview = await whole.pulumi("preview", "sbx");
    expect(preview.output).to.contain("as it is: nothing is written, nothing rolls");
    expect(counts(preview.output)).to.deep.equal(["create"]);
    const up = await whole.pulumi("up", "sbx");
    expect(up.output).to.contain("adopted as it is");
    expect(counts(up.output)).to.deep.equal(["created"]);
    expect(await whole.instances()).to.deep.equal(instances);
    expect(await tagsOn(whole.ec2, subnets)).to.deep.equal(tags);
    expect(await whole.changes()).to.deep.equal(changes);
  });

  it("stays unchanged in the next up, in a refresh and for kOps", async () => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(unchanged);
    expect(await kops("update", "cluster", "--create-kube-config=false")).to.contain("No changes need to be applied");
  });

  it("is changed like any other: the named groups roll, and nothing else is replaced", async () => {
    const before = await whole.instances();
    const text = await whole.read("clusters/sbx/kops/k1.yaml");
    const groups = yaml.loadAll(text) as { kind: string; metadata: { name: string }; spec: { machineType?: string } }[];
    for (const { kind, metadata, spec } of groups)
      if (kind === "InstanceGroup" && metadata.name === `nodes-${zonesOf("a")[0] ?? ""}`)
        spec.machineType = "t3.xlarge";
    await whole.write("clusters/sbx/kops/k1.yaml", groups.map((one) => yaml.dump(one)).join("---\n"));
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output)
      .to.contain(`roll 1. nodes-${zonesOf("a")[0] ?? ""}: 1 node`)
      .and.to.not.contain("roll 2.");
    await whole.pulumi("up", "sbx");
    const rolled = `nodes-${zonesOf("a")[0] ?? ""}.${cluster}`;
    const after = await whole.instances();
    expect(after[rolled]).to.have.length(1).and.to.not.deep.equal(before[rolled]);
    expect({ ...after, [rolled]: [] }).to.deep.equal({ ...before, [rolled]: [] });
  });

  it("keeps its network as it was found after a destroy", async () => {
    await whole.pulumi("destroy", "sbx");
    expect(await inventory(whole.endpoint)).to.deep.equal(initial);
  });
});
