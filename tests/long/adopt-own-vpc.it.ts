import { DescribeInstancesCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { readManifest } from "../corpus/corpus.ts";
import { until } from "../local/cloud/bench.ts";
import { quick } from "../e2e/bare/index.ts";
import { inventory } from "../e2e/inventory.ts";
import { clientOf, zonesOf } from "../e2e/network/index.ts";
import { unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
const zone = "sbx.pilot.internal";
/** Flags of `kops create cluster`: each entry has another kind of load balancer for the API. */
const shapes = {
  k1: { what: "network", flags: [] as string[] },
  k2: {
    what: "classic internal",
    flags: [
      "--topology",
      "private",
      "--api-loadbalancer-type",
      "internal",
      "--api-loadbalancer-class",
      "classic",
      "--dns",
      "private",
      "--dns-zone",
      zone,
    ],
  },
} as const;
type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[];
const cluster = (name: Name): string => `${name}.${zone}`;

interface KopsObject {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown> & { machineType?: string; subnets?: unknown; networkID?: string };
}

describe("clusters in a VPC that kOps made", function () {
  this.timeout(25 * 60_000);
  let whole: WholeCheckout;
  let store: string;
  /** The preview of a new cluster in an environment that does not exist yet. */
  let fresh: string;
  /** Everything in AWS before kOps ran. */
  let initial: Record<string, string[]>;

  const kops = async (name: Name, ...words: string[]): Promise<string> =>
    (await whole.local("kops", ...words, "--name", cluster(name), "--state", store)).output;
  const objects = async (): Promise<Record<string, string>> => {
    const s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: store.replace("s3://", "") }));
    const own = Contents.filter(
      ({ Key = "" }) => names.some((name) => Key.startsWith(`${cluster(name)}/`)) && !Key.includes("/backups/"),
    );
    return Object.fromEntries(
      own.map(({ Key = "", ETag = "", LastModified }) => [Key, `${ETag} ${LastModified?.toISOString() ?? ""}`]),
    );
  };
  const tagged = async (): Promise<string[]> => {
    const { Subnets = [] } = await whole.ec2.send(new DescribeSubnetsCommand({}));
    return Subnets.flatMap(({ SubnetId = "", Tags = [] }) =>
      Tags.map(({ Key = "", Value = "" }) => `${SubnetId} ${Key}=${Value}`),
    ).sort();
  };
  const edit = async (name: Name, change: (one: KopsObject) => void): Promise<void> => {
    const all = yaml.loadAll(await whole.read(`clusters/sbx/kops/${name}.yaml`)) as KopsObject[];
    all.forEach(change);
    await whole.write(`clusters/sbx/kops/${name}.yaml`, all.map((one) => yaml.dump(one)).join("---\n"));
  };
  const writeClusterFile = async (name: Name, text: string): Promise<void> => {
    await whole.write(
      `clusters/sbx/${name}.yaml`,
      `manifest: kops/${name}.yaml\nkopsVersion: 1.35.0\ndeletionProtection: false\nrollingUpdate: ` +
        `${JSON.stringify(quick.rollingUpdate)}\n${text}`,
    );
  };
  const vpcOf = async (name: Name): Promise<(string | undefined)[]> => {
    const { Reservations = [] } = await whole.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: "tag:KubernetesCluster", Values: [cluster(name)] },
          { Name: "instance-state-name", Values: ["running"] },
        ],
      }),
    );
    return [...new Set(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ VpcId }) => VpcId)))];
  };

  before(async () => {
    whole = await makeWholeCheckout();
    await whole.stack("sbx", {
      network: { zones: zonesOf("ab"), nat: "single" },
      dns: { type: "private", name: zone },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
    // The corpus has this manifest from `kops create cluster --dry-run`.
    const manifest = (await readManifest("kops-made-vpc"))
      .replace(/^ {2}configBase: .*\n/m, "")
      .replaceAll("kops-made-vpc.corpus.internal", `k3.${zone}`);
    await whole.write("clusters/sbx/kops/k3.yaml", manifest.replace("type: None", "type: Private"));
    await whole.write("clusters/sbx/k3.yaml", "manifest: kops/k3.yaml\nkopsVersion: 1.35.0\nnetwork: own\n");
    fresh = (await whole.pulumi("preview", "sbx")).output;
    for (const file of ["k3.yaml", "kops/k3.yaml"]) await whole.forget(`clusters/sbx/${file}`);
    await whole.pulumi("up", "sbx");
    store = (await whole.outputs<{ stateStore: { stateStore: string } }>("sbx")).stateStore.stateStore;
    initial = await inventory(whole.endpoint);
    for (const name of names) {
      await kops(
        name,
        "create",
        "cluster",
        "--zones",
        zonesOf("c").join(),
        "--networking",
        "cilium",
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
        "1",
        "--node-size",
        "t3.large",
        ...shapes[name].flags,
      );
      await kops(name, "update", "cluster", "--yes", "--create-kube-config=false");
      await whole.write(`clusters/sbx/kops/${name}.yaml`, await kops(name, "get", "all", "-o", "yaml"));
      await writeClusterFile(name, "adopt: true\n");
    }
    await until("all nodes run", async () => Object.values(await whole.instances()).flat().length === 4);
  });
  after(() => whole.remove());

  it("can be previewed in an environment that does not exist yet", () => {
    expect(fresh).to.contain("a new cluster: ").and.to.not.contain(`k3-utility-`);
  });

  it("name no VPC in their manifests, and are in zones that the environment lacks", async () => {
    for (const name of names) {
      const [first] = yaml.loadAll(await whole.read(`clusters/sbx/kops/${name}.yaml`)) as KopsObject[];
      expect(first?.spec).to.not.have.property("networkID");
      expect(JSON.stringify(first?.spec.subnets)).to.contain(zonesOf("c")[0]).and.to.not.contain('"id"');
    }
  });

  it("are adopted as they are: nothing is written, tagged or rolled", async () => {
    const [before, changes, tags, instances] = [
      await objects(),
      await whole.changes(),
      await tagged(),
      await whole.instances(),
    ];
    const preview = await whole.pulumi("preview", "sbx");
    expect(preview.output.match(/as it is: nothing is written, nothing rolls/g)).to.have.length.at.least(names.length);
    expect(preview.output).to.not.contain("changes it to the desired spec");
    const up = await whole.pulumi("up", "sbx");
    expect(up.output.match(/adopted as it is/g)).to.have.length.at.least(names.length);
    expect(await objects()).to.deep.equal(before);
    expect(await whole.changes()).to.deep.equal(changes);
    expect(await tagged()).to.deep.equal(tags);
    expect(await whole.instances()).to.deep.equal(instances);
  });

  it("stay unchanged by up and refresh, with or without `adopt`, and output their own VPC", async () => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(unchanged);
    for (const name of names) await writeClusterFile(name, "");
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    const { clusters, network } = await whole.outputs<{
      clusters: Record<
        Name,
        { network: { vpcId: string; vpcCidr: string; subnets: { id: string; zone: string }[]; zones: string[] } }
      >;
      network: { vpcId: string };
    }>("sbx");
    for (const name of names) {
      expect([clusters[name].network.vpcId])
        .to.deep.equal(await vpcOf(name))
        .and.not.to.include(network.vpcId);
      expect(clusters[name].network.zones).to.deep.equal(zonesOf("c"));
      expect(clusters[name].network.subnets.every(({ id }) => id.startsWith("subnet-"))).to.equal(true);
    }
  });

  it("are refused, with the line, if the file contradicts where they live, and nothing changes", async () => {
    await writeClusterFile("k1", "network: environment\n");
    const changes = await whole.changes();
    for (const verb of ["preview", "up"] as const) {
      const { output } = await whole.localFails(
        "pulumi",
        verb,
        "--stack",
        "sbx",
        "--non-interactive",
        ...(verb === "up" ? ["--yes", "--skip-preview"] : []),
      );
      expect(output)
        .to.match(/k1\.yaml:\d+.*network: cannot be environment: the cluster is in a network of its own/)
        .and.to.not.contain("allow");
    }
    expect(await whole.changes()).to.deep.equal(changes);
    await writeClusterFile("k1", "network: own\n");
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("are changed like any other: another machine type rolls its group, and nothing else", async () => {
    const before = await whole.instances();
    await edit("k1", ({ kind, spec }) => {
      if (kind === "InstanceGroup" && spec["role"] === "Node") spec.machineType = "t3.xlarge";
    });
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output)
      .to.contain(`roll 1. nodes-${zonesOf("c")[0] ?? ""}: 1 node`)
      .and.to.not.contain("roll 2.");
    await whole.pulumi("up", "sbx");
    const rolled = `nodes-${zonesOf("c")[0] ?? ""}.${cluster("k1")}`;
    const after = await whole.instances();
    expect(after[rolled]).to.have.length(1).and.to.not.deep.equal(before[rolled]);
    expect({ ...after, [rolled]: [] }).to.deep.equal({ ...before, [rolled]: [] });
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("are deleted with their own VPC, and the environment is as before", async () => {
    for (const name of names) {
      await whole.forget(`clusters/sbx/${name}.yaml`);
      await whole.forget(`clusters/sbx/kops/${name}.yaml`);
    }
    await whole.pulumi("up", "sbx");
    expect(await inventory(whole.endpoint)).to.deep.equal(initial);
  });
});
