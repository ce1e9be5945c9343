import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import yaml from "js-yaml";
import {
  KubernetesCluster,
  composeCluster,
  readClusterFiles,
  type ClusterFilesRequest,
  type ManifestRequest,
} from "../../../../components/cluster/index.ts";
import { apiNameOf, issuerOf } from "../../../../components/cluster/spec/addresses.ts";
import { accountId, ofType, record, valueOf } from "../../mocks.ts";
import { surroundings } from "../golden-cases.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];
const name = "k1.sbx.pilot.internal";

/** Shortened output of `kops create cluster --dry-run -o yaml`. */
const dryRun = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata:
  creationTimestamp: null
  name: ${name}
spec:
  api:
    loadBalancer:
      class: Network
      type: Public
  authorization:
    rbac: {}
  channel: stable
  cloudProvider: aws
  configBase: memfs://state/${name}
  etcdClusters:
  - cpuRequest: 200m
    etcdMembers:
    - encryptedVolume: true
      instanceGroup: control-plane-ap-southeast-2a
      name: a
    memoryRequest: 100Mi
    name: main
  kubernetesApiAccess:
  - 10.20.0.0/16
  kubernetesVersion: 1.34.3
  networkCIDR: 172.20.0.0/16
  networking:
    cilium:
      enableNodePort: true
  nonMasqueradeCIDR: 100.64.0.0/10
  subnets:
  - cidr: 172.20.64.0/18
    name: ap-southeast-2a
    type: Private
    zone: ap-southeast-2a
  - cidr: 172.20.0.0/21
    name: utility-ap-southeast-2a
    type: Utility
    zone: ap-southeast-2a
  topology:
    dns:
      type: Private

---

apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  creationTimestamp: null
  labels:
    kops.k8s.io/cluster: ${name}
  name: control-plane-ap-southeast-2a
spec:
  image: 099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212
  machineType: t3.medium
  maxSize: 1
  minSize: 1
  role: Master
  subnets:
  - ap-southeast-2a

---

apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  creationTimestamp: null
  labels:
    kops.k8s.io/cluster: ${name}
  name: nodes-ap-southeast-2a
spec:
  image: 099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212
  machineType: t3.large
  maxSize: 2
  minSize: 2
  role: Node
  subnets:
  - ap-southeast-2a
`;

const specOf = (text: string): Record<string, unknown> =>
  (yaml.loadAll(text)[0] as { spec: Record<string, unknown> }).spec;

/** The same with its own network ids and store, as `kops get -o yaml` prints an existing cluster. */
const living = dryRun
  .replace("memfs://state/", "s3://older-state/clusters/")
  .replace(
    "  networkCIDR: 172.20.0.0/16\n",
    "  networkCIDR: 172.20.0.0/16\n  networkID: vpc-older\n  dnsZone: pilot.internal\n",
  )
  .replaceAll(/( {4}name: (utility-)?ap-southeast-2a\n {4}type)/g, "    id: subnet-older\n$1");

describe("a kOps manifest instead of a request", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (files: Record<string, string>, more: Partial<ClusterFilesRequest> = {}) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return readClusterFiles({
      folder,
      label: "clusters/sbx",
      defaults: { kopsVersion: "1.35.0" },
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones,
      secrets: ["etcd"],
      ...more,
    });
  };
  const requestOf = (files: Record<string, string>, more?: Partial<ClusterFilesRequest>): ManifestRequest => {
    const { requests, problems } = read(files, more);
    expect(problems).to.deep.equal([]);
    expect(requests).to.have.length(1);
    return requests[0] as ManifestRequest;
  };
  const problemsOf = (text: string, more?: Partial<ClusterFilesRequest>) =>
    read({ "k1.yaml": text }, more).problems.map(
      ({ source, line, path, message }) => `${source.replace("clusters/sbx/", "")}:${line ?? "-"} ${path} ${message}`,
    );

  it("is recognized by its apiVersion, and goes to kOps with only environment values filled in", () => {
    const composed = composeCluster(requestOf({ "k1.yaml": dryRun }), surroundings);
    const { cluster, instanceGroups } = composed;
    const before = specOf(dryRun);
    const [zone] = surroundings.network.zones;
    const [privateSubnet, utilitySubnet] = before["subnets"] as object[];
    expect(cluster).to.deep.equal({
      ...before,
      configBase: `s3://pilot-sbx-state/${name}`,
      networkID: surroundings.network.vpcId,
      networkCIDR: "10.20.0.0/16",
      dnsZone: surroundings.dns.zoneId,
      subnets: [
        { ...privateSubnet, id: zone?.privateSubnetId, cidr: zone?.privateCidr },
        { ...utilitySubnet, id: zone?.utilitySubnetId, cidr: zone?.utilityCidr },
      ],
      DisableSubnetTags: true,
    });
    expect(composed.stateStore).to.equal("s3://pilot-sbx-state");
    const groups = (yaml.loadAll(dryRun) as { metadata: { name: string }; spec: object }[]).slice(1);
    expect(instanceGroups).to.deep.equal(Object.fromEntries(groups.map((group) => [group.metadata.name, group.spec])));
  });

  it("gains the further ranges of its subnets beside the ones it names", () => {
    const inside = {
      ...surroundings,
      network: {
        ...surroundings.network,
        secondaryCidrs: ["10.21.0.0/16", "10.22.0.0/16"],
        zones: surroundings.network.zones.map((zone) => ({ ...zone, privateCidr: "10.22.64.0/18" })),
      },
    };
    const ranges = (text: string) =>
      composeCluster(requestOf({ "k1.yaml": text }), inside).cluster["additionalNetworkCIDRs"];
    const naming = (cidr: string) =>
      dryRun.replace("  networkCIDR", `  additionalNetworkCIDRs:\n  - ${cidr}\n  networkCIDR`);
    expect(ranges(dryRun)).to.deep.equal(["10.22.0.0/16"]);
    expect(ranges(naming("10.22.0.0/16"))).to.deep.equal(["10.22.0.0/16"]);
    expect(ranges(naming("10.99.0.0/16"))).to.deep.equal(["10.99.0.0/16", "10.22.0.0/16"]);
    expect(ranges(living)).to.equal(specOf(living)["additionalNetworkCIDRs"]);
  });

  it("stays unchanged for an existing cluster with its own network and store", () => {
    const composed = composeCluster(requestOf({ "k1.yaml": living }), surroundings);
    expect(composed.cluster).to.deep.equal(specOf(living));
    expect(composed.stateStore).to.equal("s3://older-state/clusters");
    expect(composed.subnets).to.deep.equal([]);
  });

  it("has the same Pulumi name as a request for that cluster", () => {
    expect(requestOf({ "other.yaml": dryRun }).name).to.equal("k1");
    expect(requestOf({ "other.yaml": dryRun.replaceAll(name, "k1.example.com") }, { records: false }).name).to.equal(
      "k1.example.com",
    );
    expect(
      composeCluster(requestOf({ "other.yaml": dryRun.replaceAll(name, "a.b.sbx.pilot.internal") }), surroundings).name,
    ).to.equal("a.b.sbx.pilot.internal");
  });

  it("is not a cluster of its own if a file names it and says how to operate it", () => {
    const beside =
      "manifest: k1-manifest.yaml\nkopsVersion: 1.35.0\nadopt: true\nsecrets:\n  encryptionConfig: etcd\nkops:\n  " +
      "instanceGroups:\n    nodes-ap-southeast-2a:\n      maxSize: 5\n";
    const request = requestOf({ "k1.yaml": beside, "k1-manifest.yaml": dryRun }, { defaults: {} });
    expect(request).to.include({ name: "k1", kopsVersion: "1.35.0", adopt: true });
    const { cluster, instanceGroups } = composeCluster(request, surroundings);
    expect(cluster["encryptionConfig"]).to.equal(true);
    expect(instanceGroups["nodes-ap-southeast-2a"]).to.include({ maxSize: 5, minSize: 2 });
  });

  it("may lie in a subfolder", () => {
    expect(
      requestOf({ "k1.yaml": "manifest: kops/k1.yaml\nkopsVersion: 1.35.0\n", "kops/k1.yaml": dryRun }).name,
    ).to.equal("k1");
  });

  it("uses the stack's defaults and overrides only for how to operate the cluster", () => {
    const request = requestOf(
      { "k1.yaml": dryRun },
      {
        defaults: {
          kopsVersion: "1.35.0",
          deletionProtection: true,
          image: "ami-0a",
          kops: { cluster: { channel: "alpha" } },
        },
        overrides: {
          validation: { count: 3 },
          controlPlane: { count: 1 },
          kops: { cluster: { certManager: { enabled: true } } },
        },
      },
    );
    expect(request).to.deep.include({ deletionProtection: true, validation: { count: 3 } });
    expect(composeCluster(request, surroundings).cluster).to.deep.include({
      channel: "stable",
      certManager: { enabled: true },
    });
  });

  it("includes its SSH key", () => {
    const withKey =
      `${dryRun}---\napiVersion: kops.k8s.io/v1alpha2\nkind: SSHCredential\nmetadata:\n  name: admin\n  ` +
      `labels:\n    kops.k8s.io/cluster: ${name}\nspec:\n  publicKey: ssh-ed25519 AAAA team\n`;
    expect(composeCluster(requestOf({ "k1.yaml": withKey }), surroundings).sshPublicKeys).to.deep.equal([
      "ssh-ed25519 AAAA team",
    ]);
  });

  const edited = (from: string | RegExp, to: string) => dryRun.replace(from, to);
  const wrong: [string, string, string[], Partial<ClusterFilesRequest>?][] = [
    [
      "no kOps version",
      dryRun,
      [
        "k1.yaml:- kopsVersion is missing: must be text; a kOps manifest has no key for it: set it under " +
          "pilot:clusterDefaults, or write a file with the keys manifest and kopsVersion",
      ],
      { defaults: {} },
    ],
    [
      "a Kubernetes newer than kOps",
      edited("1.34.3", "1.36.0"),
      ["k1.yaml:26 spec.kubernetesVersion 1.36.0 is newer than kOps 1.35.0 knows: at most 1.35"],
    ],
    [
      "a zone that the network lacks",
      edited("    zone: ap-southeast-2a\n  - cidr", "    zone: us-east-1a\n  - cidr"),
      [
        "k1.yaml:32 spec.subnets ap-southeast-2a: us-east-1a is not a zone of the network (it has " +
          "ap-southeast-2a, ap-southeast-2b, ap-southeast-2c)",
      ],
    ],
    [
      "ids for only some subnets",
      edited("    name: utility-", "    id: subnet-1\n    name: utility-"),
      ["k1.yaml:32 spec.subnets ap-southeast-2a has no id, others have one: kOps takes ids for all subnets or none"],
    ],
    [
      "another cloud provider",
      edited("cloudProvider: aws", "cloudProvider: gce"),
      ['k1.yaml:14 spec.cloudProvider must be aws, not "gce"'],
    ],
    [
      "a store that is not in S3",
      edited("memfs://state", "gs://state"),
      ["k1.yaml:15 spec.configBase must be in S3, s3://…; without it, the environment's state store is used"],
    ],
    [
      "a double slash in the discovery store",
      edited("  topology:", "  serviceAccountIssuerDiscovery:\n    discoveryStore: s3://oidc//k1\n  topology:"),
      ["k1.yaml:42 spec.serviceAccountIssuerDiscovery.discoveryStore has a doubled slash"],
    ],
    [
      "a group in an unknown subnet",
      edited(/ap-southeast-2a\n$/, "ap-southeast-2b\n"),
      [
        "k1.yaml:78 spec.subnets ap-southeast-2b is not a subnet of the cluster (it has ap-southeast-2a, " +
          "utility-ap-southeast-2a)",
      ],
    ],
    [
      "a group of another cluster",
      edited(/cluster: k1(?=.*\n {2}name: nodes)/, "cluster: k2"),
      [
        'k1.yaml:70 metadata.labels.kops.k8s.io/cluster "k2.sbx.pilot.internal" is not the cluster of this file, ' +
          "k1.sbx.pilot.internal",
      ],
    ],
    [
      "an API version that kOps does not write",
      edited("kops.k8s.io/v1alpha2\nkind: Cluster", "kops.k8s.io/v1alpha3\nkind: Cluster"),
      ["k1.yaml:1 apiVersion kops.k8s.io/v1alpha3 is not supported: write kops.k8s.io/v1alpha2, as kOps itself does"],
    ],
    [
      "objects that do not belong to the cluster",
      `${dryRun}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n`,
      [
        "k1.yaml:82 kind ConfigMap is not allowed here: only Cluster, InstanceGroup, SSHCredential; " +
          "apply other objects to the cluster once it exists",
      ],
    ],
    [
      "two clusters",
      `${dryRun}---\n${dryRun.split("---")[0] ?? ""}`,
      ["k1.yaml:85 metadata.name is a second cluster: one file holds one"],
    ],
    [
      "groups but no cluster",
      dryRun.split("---\n\n").slice(1).join("---\n"),
      ["k1.yaml:1  has no object of kind: Cluster"],
    ],
    [
      "no groups",
      dryRun.split("---")[0] ?? "",
      ["k1.yaml:1  has no object of kind: InstanceGroup beside the cluster: `kops get -o yaml` writes all objects"],
    ],
    ["a document that is not YAML", edited("maxSize: 2", "maxSize: [2"), ["k1.yaml:76  is not valid YAML: "]],
    [
      "the locations of another cluster, as in a copy",
      edited("memfs://state/k1", "s3://state/k9").replace(
        "  networkCIDR",
        "  keyStore: s3://state\n  masterPublicName: api.example.com\n  serviceAccountIssuerDiscovery:\n    " +
          "discoveryStore: s3://oidc/k9.sbx.pilot.internal\n  networkCIDR",
      ),
      [
        "k1.yaml:15 spec.configBase s3://state/k9.sbx.pilot.internal lies in the folder of another cluster, " +
          "k9.sbx.pilot.internal: ",
        "k1.yaml:27 spec.keyStore s3://state is the root of a bucket: ",
        "k1.yaml:28 spec.masterPublicName api.example.com is not below the zone sbx.pilot.internal",
        "k1.yaml:30 spec.serviceAccountIssuerDiscovery.discoveryStore s3://oidc/k9.sbx.pilot.internal lies in the " +
          "folder of another cluster, k9.sbx.pilot.internal: ",
      ],
    ],
    [
      "backups in the folder of another cluster",
      edited(
        "    name: main\n",
        "    name: main\n    backups:\n      backupStore: s3://state/k9.sbx.pilot.internal/backups/etcd/main\n",
      ),
      ["k1.yaml:16 spec.etcdClusters[0].backups.backupStore s3://state/k9"],
    ],
    [
      "tags that kOps uses",
      edited("  cloudProvider", '  cloudLabels:\n    KubernetesCluster: k9\n    "aws:x": y\n  cloudProvider').replace(
        / {2}maxSize: 2\n/,
        "  maxSize: 2\n  nodeLabels:\n    node-role.kubernetes.io/control-plane: x\n",
      ),
      [
        "k1.yaml:15 spec.cloudLabels.KubernetesCluster is a tag that is not for people to set",
        "k1.yaml:16 spec.cloudLabels.aws:x is a tag that is not for people to set",
        "k1.yaml:80 spec.nodeLabels.node-role.kubernetes.io/control-plane is a label of control-plane nodes",
      ],
    ],
    [
      "a name outside the environment's zone",
      dryRun,
      ["k1.yaml:5 metadata.name k1.sbx.pilot.internal is not below the zone other.internal: "],
      { zoneName: "other.internal" },
    ],
    [
      "a name outside its own zone",
      edited("  networkCIDR", "  dnsZone: other.internal\n  networkCIDR"),
      ["k1.yaml:5 metadata.name k1.sbx.pilot.internal is not below the zone other.internal: "],
    ],
    [
      "private subnets in a network without any",
      dryRun,
      ["k1.yaml:32 spec.subnets ap-southeast-2a: the network has no private subnets"],
      { privateSubnets: false },
    ],
  ];
  for (const [what, text, expected, more] of wrong) {
    it(`with ${what} is refused, with file and line`, () => {
      const problems = problemsOf(text, more);
      expect(
        problems.map((problem, index) =>
          expected[index] !== undefined && problem.startsWith(expected[index]) ? expected[index] : problem,
        ),
      ).to.deep.equal(expected);
    });
  }

  it("copied from another cluster of the stack is the only one refused, by the names it still uses", () => {
    const k1 = edited("  networkCIDR", "  masterPublicName: kube.sbx.pilot.internal\n  networkCIDR");
    const { problems, requests } = read({
      "k1.yaml": k1,
      "k2.yaml": edited("  networkCIDR", `  masterPublicName: api.${name}\n  networkCIDR`)
        .replaceAll(/(name|cluster): k1/g, "$1: k2")
        .replace("memfs://state/k1", "memfs://state/k2"),
    });
    expect(requests.map((one) => one.name)).to.deep.equal(["k1"]);
    expect(
      problems.map(
        ({ source, line, path, message }) => `${source}:${line ?? "-"} ${path} ${message.split(":")[0] ?? ""}`,
      ),
    ).to.deep.equal([
      `clusters/sbx/k2.yaml:27 spec.masterPublicName api.${name} is a name of another cluster, ${name}`,
    ]);
  });

  it("can get a name or tag from the file that names it, which then is blamed for it", () => {
    const beside =
      "manifest: m.yaml\nkopsVersion: 1.35.0\nkops:\n  cluster:\n    masterPublicName: kube.example.com\n    " +
      "cloudLabels:\n      Name: x\n";
    expect(
      read({ "k1.yaml": beside, "m.yaml": dryRun }).problems.map(
        ({ source, line, path }) => `${source}:${line ?? "-"} ${path}`,
      ),
    ).to.deep.equal([
      "clusters/sbx/k1.yaml:7 kops.cluster.cloudLabels.Name",
      "clusters/sbx/k1.yaml:5 kops.cluster.masterPublicName",
    ]);
  });

  it("that is missing, outside the folder or named twice is reported where it is named", () => {
    const named = (path: string) => `kopsVersion: 1.35.0\nmanifest: ${path}\n`;
    const { problems } = read({
      "a.yaml": named("none.yaml"),
      "b.yaml": named("../prod/k1.yaml"),
      "c.yaml": named("/etc/k1.yaml"),
      "d.yaml": `${named("k1-of-d.yaml")}nodeGroups: {}\n`,
      "k1-of-d.yaml": dryRun,
      "e.yaml": named("sub/k1.yaml"),
      "sub/k1.yaml": dryRun,
    });
    expect(
      problems.map(
        ({ source, line, path, message }) =>
          `${source.replace("clusters/sbx/", "")}:${line ?? "-"} ${path} ${message.split(":")[0] ?? ""}`,
      ),
    ).to.deep.equal([
      "none.yaml:-  cannot be read",
      "b.yaml:2 manifest must be the name of a YAML file below this one's folder",
      "c.yaml:2 manifest must be the name of a YAML file below this one's folder",
      'd.yaml:3 nodeGroups unknown key "nodeGroups" (known here',
      "k1-of-d.yaml:5 metadata.name k1.sbx.pilot.internal is also the name of the cluster in clusters/sbx/e.yaml",
      "sub/k1.yaml:5 metadata.name k1.sbx.pilot.internal is also the name of the cluster in clusters/sbx/d.yaml",
    ]);
  });

  it("creates a kOps cluster with its own names and kubeconfig, and tags the subnets filled in", async () => {
    const request = requestOf({
      "k1.yaml": dryRun.replace("  networkCIDR", "  masterPublicName: kube.sbx.pilot.internal\n  networkCIDR"),
    });
    const { result, resources } = await record(
      () =>
        new KubernetesCluster("k1", {
          request,
          region: "ap-southeast-2",
          accountId,
          network: { ...surroundings.network, vpcId: pulumi.output(surroundings.network.vpcId) },
          dns: { topology: "Private", zoneName: "sbx.pilot.internal", zoneId: pulumi.output("Z1") },
          store: surroundings.store,
        }),
    );
    const tags = ofType(resources, "aws:ec2/tag:Tag");
    expect(Object.keys(tags)).to.have.members([
      `k1-private-ap-southeast-2a/kubernetes.io/cluster/${name}`,
      `k1-utility-ap-southeast-2a/kubernetes.io/cluster/${name}`,
    ]);
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"];
    expect(kops?.inputs).to.include({ name, stateStore: "s3://pilot-sbx-state", kopsVersion: "1.35.0" });
    expect(await valueOf(result.outputs.endpoint)).to.equal("https://kube.sbx.pilot.internal");
    expect(result.outputs).not.to.have.property("oidc");
  });
});

describe("the addresses of a ClusterSpec", () => {
  it("include the API's name, unless none is published", () => {
    expect(apiNameOf(name, { topology: { dns: { type: "Public" } } })).to.equal(`api.${name}`);
    expect(apiNameOf(name, { masterPublicName: "kube.example.com" })).to.equal("kube.example.com");
    expect(apiNameOf(name, { topology: { dns: { type: "None" } } })).to.equal(undefined);
  });

  it("include the issuer in S3, or the one that the API server is given", () => {
    const published = { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/clusters/k1" } };
    expect(issuerOf(published, "ap-southeast-2")).to.equal("https://oidc.s3.ap-southeast-2.amazonaws.com/clusters/k1");
    expect(
      issuerOf({ ...published, kubeAPIServer: { serviceAccountIssuer: "https://id.example.com" } }, "ap-southeast-2"),
    ).to.equal("https://id.example.com");
    expect(issuerOf({}, "ap-southeast-2")).to.equal(undefined);
    for (const root of ["s3://oidc", "s3://oidc/"]) {
      expect(issuerOf({ serviceAccountIssuerDiscovery: { discoveryStore: root } }, "ap-southeast-2")).to.equal(
        "https://oidc.s3.ap-southeast-2.amazonaws.com",
      );
    }
    expect(issuerOf({ ...published, nonMasqueradeCIDR: "::/0" }, "ap-southeast-2")).to.equal(
      "https://oidc.s3.dualstack.ap-southeast-2.amazonaws.com/clusters/k1",
    );
  });

  it("include no name for a gossip cluster, which is reachable only through its load balancer", () => {
    expect(apiNameOf("k1.k8s.local", { topology: { dns: { type: "Private" } } })).to.equal(undefined);
    expect(apiNameOf("k1.k8s.local", { masterPublicName: "api.k1.k8s.local" })).to.equal(undefined);
  });
});
