import { expect } from "chai";
import type { ClusterFilesRequest } from "../../../../components/cluster/index.ts";
import { dryRun, manifestFolder, name } from "./manifests.ts";

describe("a kOps manifest instead of a request", () => {
  const { read, problemsOf } = manifestFolder();

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
      ["k1.yaml:26 spec.kubernetesVersion 1.36.0 is newer than kOps 1.35.0 knows: it supports 1.29 to 1.35"],
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
      "a second subnet of a type in a zone, without ids",
      edited(
        "  topology:\n",
        "  - cidr: 172.20.128.0/18\n    name: more\n    type: Private\n    zone: ap-southeast-2a\n  topology:\n",
      ),
      [
        "k1.yaml:32 spec.subnets more: the network has one private subnet in ap-southeast-2a, which is already that of " +
          "the subnet ap-southeast-2a; remove one of them, or give all subnets ids",
      ],
    ],
    [
      "a public and a utility subnet in one zone, without ids",
      edited(
        "  topology:\n",
        "  - cidr: 172.20.8.0/21\n    name: open\n    type: Public\n    zone: ap-southeast-2a\n  topology:\n",
      ),
      [
        "k1.yaml:32 spec.subnets open: the network has one utility subnet in ap-southeast-2a, which is already that " +
          "of the subnet utility-ap-southeast-2a; remove one of them, or give all subnets ids",
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
      "an object of kOps that is none of a manifest",
      `${dryRun}---\napiVersion: kops.k8s.io/v1alpha2\nkind: Keyset\nmetadata:\n  name: x\n`,
      ["k1.yaml:82 kind Keyset is not an object of kOps's manifests: those are Cluster, InstanceGroup, SSHCredential"],
    ],
    [
      "an object without a kind",
      `${dryRun}---\napiVersion: v1\nmetadata:\n  name: x\n`,
      ["k1.yaml:80 kind is missing: must be text"],
    ],
    [
      "a mistyped group of kOps",
      edited("kops.k8s.io/v1alpha2\nkind: Cluster", "kops.k8s.oi/v1alpha2\nkind: Cluster"),
      ["k1.yaml:1 apiVersion kops.k8s.oi/v1alpha2 is not supported: write kops.k8s.io/v1alpha2, as kOps itself does"],
    ],
    [
      "a number that cannot go to kOps as it is written",
      edited("  kubernetesVersion", "  cloudLabels:\n    account: 12345678901234567890\n  kubernetesVersion"),
      ["k1.yaml:27 spec.cloudLabels.account is read as the number 12345678901234567000, which is not what the file"],
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
});
