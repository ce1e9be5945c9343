import { expect } from "chai";
import { clusterFolder, edited, good } from "./cluster-folder.ts";

describe("cluster files", () => {
  const { problemsOf } = clusterFolder();

  it("ask for no IAM role of a service account in an environment without discovery documents", () => {
    const text = `${good}serviceAccounts:
  - { namespace: shop, name: orders, statements: [{ Effect: Allow, Action: "s3:*", Resource: "*" }] }
addons:
  podIdentityWebhook: true
  certManager: { hostedZoneIDs: [Z1] }
kops:
  cluster:
    karpenter: { enabled: true }
`;
    const paths = (yaml: string, serviceAccountRoles: boolean): string[] =>
      problemsOf(yaml, { serviceAccountRoles }).map((problem) => problem.split(" ").slice(0, 2).join(" "));
    expect(paths(text, true)).to.deep.equal([]);
    expect(paths(text, false)).to.deep.equal([
      "10 serviceAccounts",
      "13 addons.podIdentityWebhook",
      "14 addons.certManager.hostedZoneIDs",
      "17 kops.cluster.karpenter",
    ]);
    const own = "    serviceAccountIssuerDiscovery: { discoveryStore: s3://mine/k1, enableAWSOIDCProvider: true }\n";
    expect(paths(text + own, false)).to.deep.equal([]);
    expect(problemsOf(text, { serviceAccountRoles: false })[0]).to.match(
      /cannot have IAM roles: pilot:stateStore\.discovery of the environment is none/,
    );
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
      edited("name: k1", `name: ${"k".repeat(60)}.${"s".repeat(60)}.sbx.pilot.internal`),
      [/^1 name k+\.s+\.sbx\.pilot\.internal has 140 characters, more than 106: kOps makes the tag/],
    ],
    [
      "a label too long for DNS",
      edited("name: k1", `name: ${"k".repeat(64)}`),
      [/^1 name k+\.sbx\.pilot\.internal has 64 characters between two dots: DNS takes 63/],
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
      ["3 kubernetesVersion 1.36.0 is newer than kOps 1.35.0 knows: it supports 1.29 to 1.35"],
    ],
    [
      "Kubernetes older than kOps supports",
      edited("1.34.3", "1.28.9"),
      ["3 kubernetesVersion 1.28.9 is too old for kOps 1.35.0: it supports 1.29 to 1.35"],
    ],
    [
      "an invalid CIDR",
      edited("10.20.0.0/16", "10.20.0.0/33"),
      ["4 apiAccess[0] must be a CIDR without host bits, such as 10.20.0.0/16, or the id of a prefix list, pl-…"],
    ],
    [
      "a CIDR with host bits",
      edited("10.20.0.0/16", "10.20.0.1/16"),
      ["4 apiAccess[0] must be a CIDR without host bits, such as 10.20.0.0/16, or the id of a prefix list, pl-…"],
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
});
