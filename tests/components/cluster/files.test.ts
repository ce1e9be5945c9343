import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readClusterFiles, type ClusterFilesRequest } from "../../../components/cluster/index.ts";
import { nearest } from "../../../components/config/problems.ts";

const good = `name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess:
  - 10.20.0.0/16
nodeGroups:
  nodes:
    machineType: t3.large
    count: 3
`;

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

describe("cluster files", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "clusters-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (files: Record<string, string>, more: Partial<ClusterFilesRequest> = {}) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return readClusterFiles({
      folder,
      label: "clusters/sbx",
      defaults: {},
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones,
      secrets: ["registry"],
      ...more,
    });
  };
  /** Problems as `line path message`. */
  const problemsOf = (text: string, more: Partial<ClusterFilesRequest> = {}) =>
    read({ "k1.yaml": text }, more).problems.map(({ source, line, path, message }) => {
      const where = source === "clusters/sbx/k1.yaml" ? String(line ?? "-") : source;
      return `${where} ${path} ${message}`;
    });
  const edited = (from: string | RegExp, to: string) => good.replace(from, to);

  it("are read in name order, with defaults filled in", () => {
    const { requests, problems } = read({ "b.yaml": edited("k1", "k2"), "a.yml": good, "notes.txt": "no cluster" });
    expect(problems).to.deep.equal([]);
    expect(requests.map(({ name }) => name)).to.deep.equal(["k1", "k2"]);
    expect(requests[0]).to.deep.include({
      controlPlane: { count: 3, machineType: "t3.medium" },
      etcd: { backupRetentionDays: 90 },
    });
  });

  it("can name secrets of the stack, and no others", () => {
    expect(problemsOf(`${good}secrets: { dockerConfig: registry }\n`)).to.deep.equal([]);
    expect(
      problemsOf(
        `${good}secrets:\n  dockerConfig: registri\n  certificateAuthority: { certificate: crt, privateKey: ` +
          `registry }\n`,
      ),
    ).to.deep.equal([
      "11 secrets.dockerConfig registri is not a secret of the stack, did you mean registry? (set it with: pulumi " +
        "config set --secret --path pilot:clusterSecrets.registri)",
      "12 secrets.certificateAuthority.certificate crt is not a secret of the stack (set it with: pulumi config set " +
        "--secret --path pilot:clusterSecrets.crt)",
    ]);
  });

  it("are optional", () => {
    expect(read({}, { folder: join(folder, "absent") })).to.deep.equal({ requests: [], problems: [] });
  });

  it("override the stack's defaults and are overridden by its overrides", () => {
    const { requests } = read(
      { "k1.yaml": good },
      {
        defaults: { kubernetesVersion: "1.33.0", image: "ami-0a" },
        overrides: { kops: { cluster: { channel: "none" } }, nodeGroups: { nodes: { count: 1 } } },
      },
    );
    expect(requests[0]).to.deep.include({
      kubernetesVersion: "1.34.3",
      image: "ami-0a",
      kops: { cluster: { channel: "none" } },
    });
    expect(requests[0]).to.deep.include({ nodeGroups: { nodes: { machineType: "t3.large", count: 1 } } });
  });

  const pure: [string, string, (string | RegExp)[]][] = [
    [
      "a name outside of the environment's zone",
      edited("k1", "k9.other.example.com"),
      [
        /^1 name k9\.other\.example\.com is not below the zone sbx\.pilot\.internal: its records cannot be written there; name the cluster below/,
      ],
    ],
    [
      "an API name outside the zone",
      `${good}kops:\n  cluster:\n    masterPublicName: kube.example.com\n`,
      [/^12 kops\.cluster\.masterPublicName kube\.example\.com is not below the zone sbx\.pilot\.internal/],
    ],
    [
      "another cluster's config base in the escape hatch",
      `${good}kops:\n  cluster:\n    configBase: s3://state/k2.sbx.pilot.internal\n`,
      [
        /^12 kops\.cluster\.configBase s3:\/\/state\/k2\S+ lies in the folder of another cluster, k2\.sbx\.pilot\.internal/,
      ],
    ],
    [
      "the root of a bucket in the escape hatch",
      `${good}kops:\n  cluster:\n    keyStore: s3://state/\n`,
      [/^12 kops\.cluster\.keyStore s3:\/\/state\/ is the root of a bucket/],
    ],
    [
      "a tag that kOps uses",
      `${good}tags:\n  team: a\n  KubernetesCluster: other\n`,
      [/^12 tags\.KubernetesCluster is a tag that is not for people to set: kOps finds/],
    ],
    [
      "tags that AWS refuses",
      `${good}tags:\n  "aws:x": a\n  a*b: c\n  ${"k".repeat(129)}: x\n`,
      [
        /^11 tags\.aws:x is a tag/,
        /^12 tags\.a\*b has a key with other characters/,
        /^13 tags\.k+ has a key of 129 characters/,
      ],
    ],
    [
      "a tag that kOps uses in the escape hatch",
      `${good}kops:\n  cluster:\n    cloudLabels:\n      kubernetes.io/cluster/k2: owned\n`,
      [/^13 kops\.cluster\.cloudLabels\.kubernetes\.io\/cluster\/k2 is a tag/],
    ],
    [
      "labels that kOps uses",
      edited(
        "    count: 3",
        "    count: 3\n    labels:\n      kops.k8s.io/kops-controller-pki: x\n      " +
          "node-role.kubernetes.io/control-plane: x",
      ),
      [
        /^11 nodeGroups\.nodes\.labels\.kops\.k8s\.io\/kops-controller-pki is a label of control-plane nodes/,
        /^12 nodeGroups\.nodes\.labels\.node-role\.kubernetes\.io\/control-plane is a label of control-plane nodes/,
      ],
    ],
    [
      "group labels in the escape hatch",
      `${good}kops:\n  instanceGroups:\n    nodes:\n      cloudLabels:\n        KubernetesCluster: x\n`,
      [/^14 kops\.instanceGroups\.nodes\.cloudLabels\.KubernetesCluster is a tag/],
    ],
  ];
  for (const [what, text, expected] of pure) {
    it(`with ${what} are refused, with file, line and property`, () => {
      const problems = problemsOf(text);
      expect(problems, problems.join("\n")).to.have.length(expected.length);
      for (const [index, one] of expected.entries()) expect(problems[index]).to.match(one as RegExp);
    });
  }

  it("may have a name outside a zone that does not hold their records", () => {
    const elsewhere = edited("k1", "k9.other.example.com");
    for (const more of [
      "kops: { cluster: { dnsZone: other.example.com } }\n",
      "kops: { cluster: { dnsZone: Z0123 } }\n",
      "kops: { cluster: { topology: { dns: { type: None } } } }\n",
    ])
      expect(problemsOf(`${elsewhere}${more}`)).to.deep.equal([]);
    expect(problemsOf(elsewhere, { records: false })).to.deep.equal([]);
    expect(problemsOf(edited("k1", "k1.k8s.local"))).to.deep.equal([]);
  });

  it("are refused if their tags plus those of kOps, the environment and group labels exceed AWS's limit", () => {
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "x"]));
    expect(problemsOf(good, { tags: tags(40) })).to.deep.equal([]);
    expect(problemsOf(good, { tags: tags(41) })).to.deep.equal([
      "- tags control-plane-…: would have 51 tags, 41 of them given and the others those of kOps, its labels and " +
        "taints among them: AWS takes 50",
    ]);
    expect(problemsOf(`${good}tags: {}\n`, { tags: tags(41) })).to.deep.equal([]);
    const labelled = edited("    count: 3", "    count: 3\n    labels: { a: b, c: d, e: f, g: h }");
    expect(problemsOf(labelled, { tags: tags(40) })).to.deep.equal([
      "7 nodeGroups.nodes would have 51 tags, 40 of them given and the others those of kOps, its labels and " +
        "taints among them: AWS takes 50",
    ]);
  });

  it("are both refused if they share a location; only the inner one is if it lies in another's folder", () => {
    const at = (name: string, place: string) =>
      `${edited("k1", name)}kops:\n  cluster:\n    serviceAccountIssuerDiscovery:\n      discoveryStore: ${place}\n`;
    const both = read({ "k1.yaml": at("k1", "s3://oidc/prod"), "k2.yaml": at("k2", "s3://oidc/prod/") });
    expect(
      both.problems.map(({ source, line, message }) => `${source}:${line ?? "-"} ${message.split(";")[0] ?? ""}`),
    ).to.deep.equal([
      "clusters/sbx/k1.yaml:13 s3://oidc/prod is also a place of another cluster, k2.sbx.pilot.internal",
      "clusters/sbx/k2.yaml:13 s3://oidc/prod/ is also a place of another cluster, k1.sbx.pilot.internal",
    ]);
    expect(both.requests).to.deep.equal([]);
    const inside = read({
      "k1.yaml": good,
      "k2.yaml": at("k2", "s3://oidc/k1.sbx.pilot.internal/k2.sbx.pilot.internal"),
    });
    expect(inside.problems.map(({ source }) => source)).to.deep.equal(["clusters/sbx/k2.yaml"]);
    expect(inside.requests.map(({ name }) => name)).to.deep.equal(["k1"]);
  });

  const wrong: [string, string, (string | RegExp)[]][] = [
    ["invalid YAML", "name: [k1\n", [/^2 {2}is not valid YAML: /]],
    ["an empty file", "", [/^- {2}must be a mapping/]],
    ["a list instead of a mapping", "- name: k1\n", [/^- {2}must be a mapping/]],
    [
      "an unknown key",
      edited("machineType", "machineTyp"),
      [
        /^7 nodeGroups\.nodes\.machineType is missing: must be text/,
        /^8 nodeGroups\.nodes\.machineTyp unknown key "machineTyp", did you mean "machineType"\? \(known here: machineType, machineTypes, count, /,
      ],
    ],
    [
      "an unknown key at the top",
      edited("apiAccess", "apiAcces"),
      [
        /^- apiAccess is missing: a list of CIDRs .* or the word anyone/,
        /^4 apiAcces unknown key "apiAcces", did you mean "apiAccess"\?/,
      ],
    ],
    ["a missing key", edited(/kopsVersion.*\n/, ""), ["- kopsVersion is missing: must be text"]],
    ["a name in upper case", edited("name: k1", "name: K1"), ["1 name must be a DNS name in lower case, such as k1"]],
    [
      "a name too long for AWS",
      edited("name: k1", `name: ${"k".repeat(50)}`),
      [/^1 name k+\.sbx\.pilot\.internal has 69 characters, more than 56/],
    ],
    ["a version that is not exact", edited("1.35.0", "1.35"), ["2 kopsVersion must be text, not number 1.35"]],
    [
      "a version with a v",
      edited("1.34.3", "v1.34.3"),
      ["3 kubernetesVersion must be an exact version in three numbers, such as 1.34.3"],
    ],
    [
      "Kubernetes newer than kOps",
      edited("1.34.3", "1.36.0"),
      ["3 kubernetesVersion 1.36.0 is newer than kOps 1.35.0 knows: at most 1.35"],
    ],
    [
      "an invalid CIDR",
      edited("10.20.0.0/16", "10.20.0.0/33"),
      ["4 apiAccess[0] must be a CIDR without host bits, such as 10.20.0.0/16"],
    ],
    [
      "a CIDR with host bits",
      edited("10.20.0.0/16", "10.20.0.1/16"),
      ["4 apiAccess[0] must be a CIDR without host bits, such as 10.20.0.0/16"],
    ],
    [
      "the whole internet in IPv4",
      edited("10.20.0.0/16", "0.0.0.0/0"),
      ["4 apiAccess[0] opens the API to the whole world; if you mean that, write apiAccess: anyone"],
    ],
    [
      "the whole internet in IPv6",
      edited("10.20.0.0/16", "::/0"),
      ["4 apiAccess[0] opens the API to the whole world; if you mean that, write apiAccess: anyone"],
    ],
    [
      "access for nobody",
      edited(/apiAccess:\n.*\n/, "apiAccess: []\n"),
      ["4 apiAccess must not be empty: nobody could reach the API"],
    ],
    [
      "an unknown kind of access",
      edited(/apiAccess:\n.*\n/, "apiAccess: everyone\n"),
      [/^4 apiAccess must be a list of CIDRs .* or the word anyone/],
    ],
    [
      "an even control plane",
      `${good}controlPlane:\n  count: 2\n`,
      ["11 controlPlane.count must be 1, 3 or 5: etcd needs an odd number"],
    ],
    [
      "an unknown machine type",
      edited("t3.large", "large"),
      ["8 nodeGroups.nodes.machineType must be an EC2 instance type, such as t3.large"],
    ],
    [
      "no nodes",
      edited(/nodeGroups:(.|\n)*/, "nodeGroups: {}\n"),
      ["6 nodeGroups needs at least one group: kOps makes no cluster without nodes"],
    ],
    ["an invalid group name", edited("  nodes:", "  Nodes:"), ["7 nodeGroups.Nodes must be a DNS label in lower case"]],
    [
      "a group named like the control plane",
      edited("  nodes:", "  control-plane-x:"),
      [/^7 nodeGroups\.control-plane-x names that begin with control-plane-/],
    ],
    ["no size", edited("    count: 3\n", ""), ["7 nodeGroups.nodes needs count, or both minSize and maxSize"]],
    [
      "two sizes",
      edited("count: 3", "count: 3\n    minSize: 1"),
      ["9 nodeGroups.nodes.count count and minSize/maxSize exclude each other"],
    ],
    [
      "a minimum above the maximum",
      edited("count: 3", "minSize: 3\n    maxSize: 2"),
      ["9 nodeGroups.nodes.minSize is larger than maxSize (2)"],
    ],
    [
      "an invalid taint",
      edited("count: 3", "count: 3\n    taints: [gpu]"),
      [/^10 nodeGroups\.nodes\.taints\[0\] must be key=value:Effect/],
    ],
    [
      "a zone of another region",
      edited("count: 3", "count: 3\n    zones: [us-east-1a]"),
      [/^10 nodeGroups\.nodes\.zones\[0\] us-east-1a is not a zone of the network \(it has ap-southeast-2a, /],
    ],
    [
      "a cluster zone that the network lacks",
      `${good}zones: [ap-southeast-2a, us-east-1a, ap-southeast-2a]\n`,
      [/^10 zones\[1\] us-east-1a is not a zone of the network/, /^10 zones\[2\] ap-southeast-2a is listed twice/],
    ],
    [
      "a control-plane zone that the cluster does not use",
      `${good}zones: [ap-southeast-2a, ap-southeast-2b]\ncontrolPlane:\n  zones: [ap-southeast-2c]\n`,
      [
        /^12 controlPlane\.zones\[0\] ap-southeast-2c is not a zone of the cluster, did you mean ap-southeast-2a\? \(it has ap-southeast-2a, ap-southeast-2b\)/,
      ],
    ],
    [
      "a control-plane zone that the network lacks",
      `${good}controlPlane:\n  zones: [ap-southeast-2d]\n`,
      [/^11 controlPlane\.zones\[0\] ap-southeast-2d is not a zone of the network, did you mean ap-southeast-2a\?/],
    ],
    [
      "an invalid SSH key",
      `${good}sshPublicKey: secret\n`,
      [/^10 sshPublicKey must be one line in authorized_keys form/],
    ],
    ["an invalid image", `${good}image: ubuntu\n`, ["10 image must be ami-…, <owner>/<name> or ssm:<parameter>"]],
    [
      "an invalid duration",
      `${good}rollingUpdate:\n  drainTimeout: 5 minutes\n`,
      [/^11 rollingUpdate\.drainTimeout must be a duration such as 15s/],
    ],
    [
      "machine types of two architectures in one group",
      edited("count: 3", "count: 3\n    machineTypes: [m7i.large, m7g.large]"),
      [
        "10 nodeGroups.nodes.machineTypes[1] m7g.large has another architecture than t3.large: one image cannot " +
          "start both; make two groups",
      ],
    ],
    [
      "a machine type named twice",
      edited("count: 3", "count: 3\n    machineTypes: [t3.large]"),
      ["10 nodeGroups.nodes.machineTypes[0] t3.large is listed twice"],
    ],
    [
      "one image for two architectures",
      `${edited("count: 3", "count: 3\n  arm:\n    machineType: m7g.large\n    count: 1")}image: ami-0a\n`,
      [
        "13 image cannot be one image: the groups that name none have both architectures; give a mapping of amd64 " +
          "and arm64",
      ],
    ],
    [
      "an unknown key in spot",
      edited("count: 3", "count: 3\n    spot:\n      onDemandBas: 1"),
      [/^11 nodeGroups\.nodes\.spot\.onDemandBas unknown key "onDemandBas", did you mean "onDemandBase"\?/],
    ],
    [
      "an invalid value in spot",
      edited("count: 3", "count: 3\n    spot:\n      onDemandBase: many"),
      ['11 nodeGroups.nodes.spot.onDemandBase must be a number, not string "many"'],
    ],
    [
      "spot that is neither a boolean nor a mapping",
      edited("count: 3", "count: 3\n    spot: often"),
      [
        "10 nodeGroups.nodes.spot must be true, false, or a mapping of onDemandBase, onDemandPercentage and " +
          "allocationStrategy",
      ],
    ],
    [
      "more on-demand nodes than nodes",
      edited("count: 3", "count: 3\n    spot: { onDemandBase: 4 }"),
      ["10 nodeGroups.nodes.spot.onDemandBase is larger than the group (3)"],
    ],
    [
      "a warm pool of spot instances",
      edited("count: 3", "count: 3\n    spot: true\n    warmPool: {}"),
      ["11 nodeGroups.nodes.warmPool cannot be used with spot instances or several machine types"],
    ],
    [
      "IOPS for gp2",
      edited("count: 3", "count: 3\n    volumeType: gp2\n    volumeIops: 3000"),
      ["11 nodeGroups.nodes.volumeIops cannot be set for a gp2 volume: its IOPS follow from its size"],
    ],
    [
      "throughput for io2",
      `${good}etcd:\n  volumeType: io2\n  volumeThroughput: 200\n`,
      ["12 etcd.volumeThroughput cannot be set for a volume of type io2, only for gp3"],
    ],
    [
      "a group named like a group of one zone",
      edited(
        "    count: 3\n",
        "    count: 3\n    perZone: true\n  nodes-ap-southeast-2a:\n    machineType: t3.large\n    count: 1\n",
      ),
      [/^11 nodeGroups\.nodes-ap-southeast-2a is also the name of another group's instances in a zone/],
    ],
    [
      "a group named like the bastions' group",
      `${edited("  nodes:", "  bastions:")}bastion: { allowedCidrs: [10.0.0.0/8] }\nsshPublicKey: ssh-ed25519 AAAA\n`,
      ["7 nodeGroups.bastions is the name of the bastions' group"],
    ],
    [
      "a bastion that nobody can log in to",
      `${good}bastion: { allowedCidrs: [10.0.0.0/8] }\n`,
      ["10 bastion needs sshPublicKey: nobody could log in"],
    ],
    [
      "a bastion open to the internet",
      `${good}sshPublicKey: ssh-ed25519 AAAA\nbastion: { allowedCidrs: [0.0.0.0/0] }\n`,
      ["11 bastion.allowedCidrs[0] opens SSH to the whole world: name the networks that need it"],
    ],
    [
      "an internal API in a public topology",
      `${good}topology: public\napi: { loadBalancer: internal }\n`,
      ["11 api.loadBalancer cannot be internal in a public topology: kOps puts it into private subnets"],
    ],
    [
      "pod encryption that the network plugin lacks",
      `${good}networking: flannel\npodEncryption: wireguard\n`,
      ["11 podEncryption is not available with flannel: only with cilium or calico"],
    ],
    [
      "add-ons without cert-manager, which they need",
      `${good}addons:\n  metricsServer: true\n  snapshotController: true\n  certManager: false\n`,
      [
        "13 addons.certManager cannot be off: metricsServer, snapshotController need it (set managed: false if you " +
          "install it another way)",
      ],
    ],
    [
      "files that replace the audit policy",
      `${good}kops:\n  cluster:\n    fileAssets: []\n`,
      [/^12 kops\.cluster\.fileAssets replaces the file of the audit policy/],
    ],
    [
      "a service account without permissions",
      `${good}serviceAccounts:\n  - { namespace: a, name: b }\n`,
      ["10 serviceAccounts[0] needs either policyArns or statements"],
    ],
    ["a wrong type", `${good}metadata:\n  hopLimit: "2"\n`, ['11 metadata.hopLimit must be a number, not string "2"']],
  ];
  for (const [what, text, expected] of wrong) {
    it(`with ${what} are refused, with line and property`, () => {
      const problems = problemsOf(text);
      expect(problems).to.have.length(expected.length);
      for (const [index, part] of expected.entries()) {
        if (typeof part === "string") expect(problems[index]).to.equal(part);
        else expect(problems[index]).to.match(part);
      }
    });
  }

  it("request a private topology only if the network has private subnets", () => {
    expect(problemsOf(`${good}topology: private\n`, { privateSubnets: false })).to.deep.equal([
      "10 topology cannot be private: the network has no private subnets; write topology: public, or give the " +
        "network some",
    ]);
    for (const text of [good, `${good}topology: public\n`])
      expect(problemsOf(text, { privateSubnets: false })).to.deep.equal([]);
  });

  it("contain one document", () => {
    expect(problemsOf(`${good}---\n${good}`)).to.deep.equal(["10  is a second document: one file holds one cluster"]);
  });

  it("are all read, and every problem of each one is reported", () => {
    const { problems } = read({
      "a.yaml": edited("1.35.0", "latest").replace("t3.large", "big"),
      "b.yaml": "name: [",
      "c.yaml": edited("name: k1", "name: k3").replace("count: 3", "count: many"),
    });
    expect(problems.map(({ source, path }) => `${source} ${path}`)).to.deep.equal([
      "clusters/sbx/a.yaml kopsVersion",
      "clusters/sbx/a.yaml nodeGroups.nodes.machineType",
      "clusters/sbx/b.yaml ",
      "clusters/sbx/c.yaml nodeGroups.nodes.count",
    ]);
  });

  it("are both ignored if they name the same cluster, however the name is written", () => {
    const { problems, requests } = read({
      "a.yaml": good,
      "b.yaml": edited("name: k1", "name: k1.sbx.pilot.internal"),
      "c.yaml": edited("name: k1", "name: k2"),
    });
    expect(problems).to.deep.equal([
      {
        source: "clusters/sbx/a.yaml",
        line: 1,
        path: "name",
        message: "k1.sbx.pilot.internal is also the name of the cluster in clusters/sbx/b.yaml",
      },
      {
        source: "clusters/sbx/b.yaml",
        line: 1,
        path: "name",
        message: "k1.sbx.pilot.internal is also the name of the cluster in clusters/sbx/a.yaml",
      },
    ]);
    expect(requests.map(({ name }) => name)).to.deep.equal(["k2"]);
  });

  it("with errors leave the other clusters unchanged", () => {
    const { requests } = read({
      "a.yaml": edited("t3.large", "big"),
      "b.yaml": "name: [",
      "c.yaml": edited("name: k1", "name: k3"),
      "d.yaml": edited("name: k1", "name: k4").replace("count: 3", "count: 3\n    zones: [us-east-1a]"),
    });
    expect(requests.map(({ name }) => name)).to.deep.equal(["k3"]);
  });

  it("that cannot be read are reported, not a crash", () => {
    mkdirSync(join(folder, "k9.yaml"));
    const { problems } = read({ "k1.yaml": good });
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include({ source: "clusters/sbx/k9.yaml" });
    expect(problems[0]?.message).to.match(/^cannot be read: EISDIR/);
  });

  it("are not blamed for values of the stack's defaults or overrides", () => {
    expect(problemsOf(good, { overrides: { kopsVersion: "new" } })[0]).to.match(
      /^pilot:clusterOverrides kopsVersion must be an exact version/,
    );
    expect(problemsOf(good, { defaults: { imag: "ami-0a" } })[0]).to.match(
      /^pilot:clusterDefaults imag unknown key "imag", did you mean "image"\?/,
    );
  });
});

describe("the nearest key", () => {
  const known = ["machineType", "minSize", "maxSize", "zones"];
  const table: [string, string | undefined][] = [
    ["machinetype", "machineType"],
    ["maxsize", "maxSize"],
    ["zone", "zones"],
    ["x", undefined],
    ["completelyElse", undefined],
  ];
  for (const [key, meant] of table)
    it(`for ${key} is ${meant ?? "none"}`, () => expect(nearest(key, known)).to.equal(meant));
});
