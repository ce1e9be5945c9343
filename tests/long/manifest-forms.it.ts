import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { clientOf, quick } from "../e2e/bare/index.ts";
import { inventory } from "../e2e/inventory.ts";
import { zonesOf } from "../e2e/network/index.ts";
import { makeWholeCheckout } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

const domain = "sbx.pilot.internal";
const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
const unused = "kOps 1.35.0 knows this field and does not use it";

const etcd = (name: string, more = ""): string => `  - name: ${name}
    etcdMembers:
    - encryptedVolume: true
      instanceGroup: control-plane-ap-southeast-2a
      name: a
${more}`;

/** A Cluster with fields that kOps no longer uses, in the group that kOps calls by its short name. */
const clusterObject = (name: string, more = ""): string => `apiVersion: kops/v1alpha2
kind: Cluster
metadata:
  name: ${name}
spec:
  api:
    loadBalancer:
      class: Network
      type: Internal
  authorization:
    rbac: {}
  channel: none
  cloudLabels:
    since: 2026-11-30
  cloudProvider: aws
  etcdClusters:
${etcd("main", "    enableEtcdTLS: true\n")}${etcd("events")}  iam:
    allowContainerRegistry: yes
    legacy: no
  kubeDNS:
    replicas: 2
  kubeProxy:
    enabled: off
  kubernetesApiAccess:
  - 10.20.0.0/16
  kubernetesVersion: 1.34.3
  masterInternalName: api.internal.${name}
  networkCIDR: 172.20.0.0/16
  networking:
    cilium:
      enableNodePort: on
  nonMasqueradeCIDR: 100.64.0.0/10
  sshKeyName: ""
${more}  subnets:
  - cidr: 172.20.128.0/17
    name: ap-southeast-2a
    type: Private
    zone: ap-southeast-2a
  - cidr: 172.20.0.0/20
    name: utility-ap-southeast-2a
    type: Utility
    zone: ap-southeast-2a
`;
const groupObject = (cluster: string, name: string, role: string, more = ""): string => `apiVersion: kops/v1alpha2
kind: InstanceGroup
metadata:
  labels:
    kops.k8s.io/cluster: ${cluster}
  name: ${name}
spec:
  image: ${image}
  machineType: t3.medium
  maxSize: 1
  minSize: 1
  role: ${role}
  subnets:
  - ${role === "Bastion" ? "utility-" : ""}ap-southeast-2a
${more}`;
const scheduler = (name: string): string => `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: ${name}
`;
const limits = `apiVersion: v1
kind: ConfigMap
metadata:
  name: limits
  namespace: kube-system
data:
  since: "2026-11-30"
`;

describe("a kOps manifest", function () {
  this.timeout(25 * 60_000);
  let whole: WholeCheckout;
  let s3: S3Client;
  let state = "";
  // IAM, SQS and EventBridge take none of these names whole.
  const long = `k1-${"long-".repeat(9)}x.${domain}`;
  const adopted = `k2-${"long-".repeat(8)}x.${domain}`;
  const zones = zonesOf("a");
  let leftAlone: Awaited<ReturnType<typeof inventory>>;

  before(async () => {
    expect([long.length, adopted.length]).to.deep.equal([68, 63]);
    whole = await makeWholeCheckout();
    s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    await whole.stack("sbx", {
      network: { zones, nat: "single" },
      dns: { type: "private", name: domain },
      sandbox: true,
      stateStore: { onDestroy: "purge" },
      clusterDefaults: {
        kopsVersion: "1.35.0",
        deletionProtection: false,
        rollingUpdate: quick.rollingUpdate,
        validation: quick.validation,
      },
    });
    await whole.pulumi("up", "sbx");
    state = (await whole.outputs<{ stateStore: { stateStore: string } }>("sbx")).stateStore.stateStore;
    leftAlone = await inventory(whole.endpoint);
  });
  after(() => whole.remove());

  const key = (cluster: string): string => `${cluster}/clusteraddons/default`;
  const at = (cluster: string) => ({ Bucket: state.replace("s3://", ""), Key: key(cluster) });
  const stored = async (cluster: string): Promise<string | undefined> => {
    try {
      return await (await s3.send(new GetObjectCommand(at(cluster)))).Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
  const kops = async (...words: string[]): Promise<string> =>
    (await whole.local("kops", ...words, "--state", state)).output;
  const getAll = async (cluster: string): Promise<string> => {
    const output = await kops("get", "all", "--name", cluster, "-o", "yaml");
    return output.slice(output.indexOf("apiVersion:"));
  };
  const lineOf = (text: string, part: string): number => text.split("\n").findIndex((line) => line.includes(part)) + 1;
  const times = (text: string, part: string): number => text.split(part).length - 1;
  // Pulumi repeats the last message of a resource in its own line.
  const diagnosticsOf = (text: string): string => text.slice(text.lastIndexOf("Diagnostics:"));
  const previewFails = async (): Promise<string> =>
    (await whole.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output;

  it("in a folder, with a long name, unused fields and other objects, is created, stays unchanged and is told in the preview", async () => {
    const cluster = clusterObject(long);
    await whole.write("clusters/sbx/k1.yaml", "manifest: k1\nkopsVersion: 1.35.0\n");
    await whole.write("clusters/sbx/k1/cluster.yaml", cluster);
    await whole.write(
      "clusters/sbx/k1/groups.yaml",
      [
        groupObject(long, "control-plane-ap-southeast-2a", "Master"),
        groupObject(long, "nodes-ap-southeast-2a", "Node", "  rootVolumeDeleteOnTermination: true\n"),
      ].join("---\n"),
    );
    await whole.write("clusters/sbx/k1/scheduler.yaml", `${scheduler("spread")}---\n${limits}`);
    const preview = (await whole.pulumi("preview", "sbx")).output;
    expect(preview)
      .to.contain("additional object KubeSchedulerConfiguration: new")
      .and.to.contain("additional object ConfigMap kube-system/limits: new");
    const up = (await whole.pulumi("up", "sbx")).output;
    for (const output of [preview, up])
      for (const [path, part] of [
        ["cluster.masterInternalName", "masterInternalName"],
        ["cluster.kubeDNS.replicas", "replicas"],
        ["cluster.etcdClusters[0].enableEtcdTLS", "etcdClusters"],
      ] as const)
        expect(
          times(diagnosticsOf(output), `clusters/sbx/k1/cluster.yaml:${lineOf(cluster, part)}: ${path}: ${unused}`),
          path,
        ).to.equal(1);
    expect(preview).to.contain("clusters/sbx/k1/groups.yaml:30: instanceGroups.nodes-ap-southeast-2a.rootVolumeDelete");
    expect((await whole.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await getAll(long))
      .to.contain("schedulerName: spread")
      .and.to.contain('since: "2026-11-30"');
  });

  it("has its additional objects compared, changed, repaired and removed like the rest of it", async () => {
    await whole.write("clusters/sbx/k1/scheduler.yaml", scheduler("dense"));
    expect((await whole.pulumi("preview", "sbx")).output)
      .to.contain("additional object KubeSchedulerConfiguration: profiles[0].schedulerName: spread -> dense")
      .and.to.contain("additional object ConfigMap kube-system/limits: removed");
    await whole.pulumi("up", "sbx");
    expect(yaml.load((await stored(long)) ?? "")).to.deep.equal(yaml.load(scheduler("dense")));
    await s3.send(new PutObjectCommand({ ...at(long), Body: scheduler("by-hand") }));
    expect((await whole.pulumi("refresh", "sbx")).output).to.contain(
      "drift: additionalObjects.KubeSchedulerConfiguration: profiles[0].schedulerName: by-hand -> dense",
    );
    await whole.pulumi("up", "sbx");
    expect(yaml.load((await stored(long)) ?? "")).to.deep.equal(yaml.load(scheduler("dense")));
    await s3.send(new DeleteObjectCommand(at(long)));
    await whole.pulumi("refresh", "sbx");
    await whole.pulumi("up", "sbx");
    expect(await stored(long)).to.contain("dense");
    await whole.forget("clusters/sbx/k1/scheduler.yaml");
    expect((await whole.pulumi("preview", "sbx")).output).to.contain(
      "additional object KubeSchedulerConfiguration: removed",
    );
    await whole.pulumi("up", "sbx");
    expect(await stored(long)).to.equal(undefined);
    expect((await whole.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("is refused with file, line and what to write for a value that kOps cannot read, and names no file of kOps's", async () => {
    const wrong = clusterObject(long, "  fileAssets:\n  - name: a\n    path: /etc/a\n    content: a\n    mode: 0644\n");
    await whole.write("clusters/sbx/k1/cluster.yaml", wrong);
    const output = await previewFails();
    expect(output).to.contain(
      `clusters/sbx/k1/cluster.yaml:${lineOf(wrong, "fileAssets:")}: cluster.fileAssets[0].mode is read as the number ` +
        "420, and kOps takes text here: quote it",
    );
    expect(output).not.to.match(/preview\.yaml|manifest\.yaml|error parsing file/);
    const misspelt = clusterObject(long, "  fileAssets: [{ nmae: a }]\n");
    await whole.write("clusters/sbx/k1/cluster.yaml", misspelt);
    expect(await previewFails())
      .to.contain(
        `clusters/sbx/k1/cluster.yaml:${lineOf(misspelt, "fileAssets:")}: cluster.fileAssets[0].name is refused by ` +
          "kOps: Required value",
      )
      .and.not.to.match(/preview\.yaml|manifest\.yaml|error parsing file/);
    await whole.write("clusters/sbx/k1/cluster.yaml", clusterObject(long));
  });

  it("is refused with file and line for a field that its kOps no longer has", async () => {
    const old = clusterObject(long, "  kubelet:\n    podInfraContainerImage: registry.k8s.io/pause:3.9\n");
    await whole.write("clusters/sbx/k1/cluster.yaml", old);
    expect(await previewFails()).to.contain(
      `clusters/sbx/k1/cluster.yaml:${lineOf(old, "podInfraContainerImage")}: ` +
        "cluster.kubelet.podInfraContainerImage uses podInfraContainerImage, which kOps 1.35 no longer has",
    );
    await whole.write("clusters/sbx/k1/cluster.yaml", clusterObject(long));
  });

  it("can be what `kops get all` prints of a cluster, and changes nothing", async () => {
    const text = await getAll(long);
    await whole.write("clusters/sbx/k1.yaml", "manifest: [k1-all.yaml]\nkopsVersion: 1.35.0\n");
    await whole.write("clusters/sbx/k1-all.yaml", text);
    expect((await whole.pulumi("preview", "sbx")).output).to.contain("no cloud resource changes; no node rolls");
    await whole.pulumi("up", "sbx");
    expect((await whole.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("can be what `kops get all` prints of a cluster with a bastion and other objects, which is adopted as it is", async () => {
    const subnets = (yaml.loadAll(await getAll(long))[0] as { spec: Record<string, unknown> }).spec;
    const cluster = yaml.load(clusterObject(adopted)) as { spec: Record<string, unknown> };
    const spec = {
      ...cluster.spec,
      cloudLabels: { since: "2026-11-30" },
      iam: { allowContainerRegistry: true, legacy: false },
      kubeProxy: { enabled: false },
      networking: { cilium: { enableNodePort: true } },
      configBase: `${state}/${adopted}`,
      networkID: subnets["networkID"],
      networkCIDR: subnets["networkCIDR"],
      dnsZone: subnets["dnsZone"],
      topology: subnets["topology"],
      subnets: subnets["subnets"],
      DisableSubnetTags: true,
    };
    await whole.write(
      "by-hand.yaml",
      [
        yaml.dump({ ...cluster, spec }),
        groupObject(adopted, "control-plane-ap-southeast-2a", "Master"),
        groupObject(adopted, "nodes-ap-southeast-2a", "Node"),
        groupObject(adopted, "bastions", "Bastion"),
        scheduler("by-kops"),
        limits,
      ].join("---\n"),
    );
    await kops("create", "-f", "by-hand.yaml");
    await kops("update", "cluster", "--name", adopted, "--yes", "--create-kube-config=false");
    const made = await stored(adopted);
    await whole.write("clusters/sbx/k2-all.yaml", await getAll(adopted));
    await whole.write("clusters/sbx/k2.yaml", "manifest: k2-all.yaml\nkopsVersion: 1.35.0\nadopt: true\n");
    expect((await whole.pulumi("up", "sbx")).output).to.contain("adopted as it is");
    expect(await stored(adopted)).to.equal(made);
    expect((await whole.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect((await whole.pulumi("refresh", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("leaves nothing of a long name, or of other objects, when its cluster is deleted", async () => {
    await whole.forget("clusters/sbx/k1.yaml");
    await whole.forget("clusters/sbx/k1-all.yaml");
    await whole.forget("clusters/sbx/k2.yaml");
    await whole.forget("clusters/sbx/k2-all.yaml");
    await whole.pulumi("up", "sbx");
    expect(await inventory(whole.endpoint)).to.deep.equal(leftAlone);
    for (const cluster of [long, adopted]) {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: state.replace("s3://", ""), Prefix: `${cluster}/` }),
      );
      expect(Contents).to.deep.equal([]);
    }
    await whole.pulumi("destroy", "sbx");
  });
});
