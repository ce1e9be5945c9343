import { mkdirSync } from "node:fs";
import { expect } from "chai";
import { composeCluster } from "../../../components/cluster/compose.ts";
import { nearest } from "../../../components/config/problems.ts";
import { clusterFolder, edited, good } from "./cluster-folder.ts";

describe("cluster files", () => {
  const { read, problemsOf, pathOf } = clusterFolder();

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

  it("take a prefix list wherever a security group takes a range", () => {
    const text = edited("  - 10.20.0.0/16", "  - 10.20.0.0/16\n  - pl-0123456789abcdef0");
    const bastion = "sshPublicKey: ssh-ed25519 AAAA\nbastion: { allowedCidrs: [pl-12345678] }\n";
    expect(problemsOf(`${text}${bastion}`)).to.deep.equal([]);
    expect(problemsOf(text.replace("pl-0123456789abcdef0", "pl-office"))).to.deep.equal([
      "4 apiAccess[1] must be a CIDR without host bits, such as 10.20.0.0/16, or the id of a prefix list, pl-…",
    ]);
  });

  it("are optional", () => {
    expect(read({}, { folder: pathOf("absent") })).to.deep.include({ requests: [], problems: [] });
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

  it("remove by null, under `kops`, what defaults give and what the request composes", () => {
    const { requests, problems } = read(
      {
        "k1.yaml":
          `${good}kops:\n  cluster: { kubeProxy: null, kubelet: { maxPods: null } }\n` +
          "  instanceGroups: { nodes: { maxSize: null } }\n",
      },
      {
        defaults: {
          kops: { cluster: { kubelet: { maxPods: 60 } }, instanceGroups: { nodes: { cpuCredits: "standard" } } },
        },
      },
    );
    expect(problems).to.deep.equal([]);
    const [request] = requests;
    if (request === undefined) throw new Error("the file is not read");
    const { cluster, instanceGroups } = composeCluster(request, {
      network: { vpcId: "vpc-1", vpcCidr: "10.20.0.0/16", zones: [] },
      dns: { topology: "None", zoneName: "sbx.pilot.internal" },
      store: { stateStore: "s3://state" },
    });
    expect(cluster).to.not.have.property("kubeProxy");
    expect(cluster["kubelet"]).to.deep.equal({ anonymousAuth: false });
    expect(instanceGroups["nodes"]).to.include({ cpuCredits: "standard" }).and.not.have.property("maxSize");
  });

  it("refuse a cluster whose add-ons would have the resource names of another cluster's, and only that one", () => {
    const files = { "a.yaml": edited("k1", "prod"), "b.yaml": edited("k1", "prod-eu") };
    const { requests, problems } = read(files, { objects: { namespace: ["shop", "eu-shop"], chart: ["eu-dns"] } });
    expect(requests.map(({ name }) => name)).to.deep.equal(["prod"]);
    expect(problems).to.deep.equal([
      {
        source: "clusters/sbx/b.yaml",
        line: 1,
        path: "name",
        message:
          "cannot be prod-eu beside the cluster prod: the namespace shop of prod-eu and the namespace eu-shop of prod " +
          "would both be the resource prod-eu-shop; rename a cluster or a namespace",
      },
    ]);
    expect(read(files, { objects: { namespace: ["shop"], chart: ["eu-shop"] } }).problems).to.deep.equal([]);
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

  it("request a private topology only if the network has private subnets", () => {
    expect(problemsOf(`${good}topology: private\n`, { privateSubnets: false })).to.deep.equal([
      "10 topology cannot be private: the network has no private subnets; write topology: public, or give the " +
        "network some",
    ]);
    for (const text of [good, `${good}topology: public\n`])
      expect(problemsOf(text, { privateSubnets: false })).to.deep.equal([]);
  });

  it("request public addresses only if the network has utility subnets", () => {
    const text = `${good}api: { loadBalancer: public }\nbastion: { allowedCidrs: [203.0.113.0/24] }\n`;
    const missing = "the network has no utility subnets (pilot:network, existing.subnets.utility)";
    expect(problemsOf(`${text}topology: public\n`, { utilitySubnets: false })).to.have.members([
      `12 topology cannot be public: ${missing}`,
      `10 api.loadBalancer cannot be public: ${missing}`,
      `11 bastion needs a public address: ${missing}`,
      "11 bastion needs sshPublicKey: nobody could log in",
    ]);
    expect(problemsOf(good, { utilitySubnets: false })).to.deep.equal([]);
  });

  it("request IPv6 only of an environment, and with keys, that kOps takes it with", () => {
    const needed = "needs an environment with IPv6 for clusters: write ipv6: clusters under its pilot:network";
    const [here, there] = [{ ipv6Clusters: true }, {}];
    const cases: [more: string, network: object, problems: string[]][] = [
      ["ipv6: true\n", here, []],
      ["ipv6: false\ntopology: public\nnetworking: flannel\n", there, []],
      ["ipv6: true\n", there, [`10 ipv6 ${needed}`]],
      ["ipv6: true\n", { privateSubnets: false }, [`10 ipv6 ${needed}`]],
      [
        "ipv6: true\ntopology: public\n",
        here,
        [
          "11 topology cannot be public with ipv6: pods would reach no IPv4 address, and AWS makes no internal load " +
            "balancers in subnets with an IPv6 route from the internet",
        ],
      ],
      ...["calico", "kindnet"].map((kind): [string, object, string[]] => [
        `ipv6: true\nnetworking: ${kind}\n`,
        here,
        [],
      ]),
      ...["amazonvpc", "flannel", "kuberouter"].map((kind): [string, object, string[]] => [
        `ipv6: true\nnetworking: ${kind}\n`,
        here,
        [`11 networking cannot be ${kind} with ipv6: kOps takes cilium, calico, kindnet`],
      ]),
      [
        "ipv6: true\npodEncryption: wireguard\n",
        here,
        ["11 podEncryption is not available with ipv6: kOps refuses it"],
      ],
    ];
    for (const [more, network, problems] of cases)
      expect(problemsOf(`${good}${more}`, network), more).to.deep.equal(problems);
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
    mkdirSync(pathOf("k9.yaml"));
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
