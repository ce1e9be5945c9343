import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ownStateOf, type OwnState } from "../../../components/environment/guards/own-state.ts";
import { createEnvironment } from "../../../components/environment/index.ts";
import type { PlainObject } from "../../../components/config/merge.ts";
import type { Problem } from "../../../components/config/problems.ts";
import { ofType, record } from "../mocks.ts";
import { read, root, sandbox } from "./sandbox.ts";

const stack = join(root, "clusters/sbx/k1.yaml");
const manifestOf = (name: string): string =>
  readFileSync(join(root, "tests/corpus/manifests", `${name}.yaml`), "utf8")
    .replace(/\$\{state-bucket\}/g, "state")
    .replace(/\$\{zone\}/g, "Z1");

describe("ranges of clusters in their environment", () => {
  let folder = "";
  const cluster = readFileSync(stack, "utf8");
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ranges-"));
    mkdirSync(join(folder, "clusters/sbx"), { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, "clusters/sbx", name), text);
  };

  /** The problems as `file:line path message`, and the clusters that are made. */
  async function made(network: Record<string, unknown> = {}, living?: { state: PlainObject; tags: OwnState["tags"] }) {
    const texts = sandbox();
    const given = JSON.parse(texts["pilot:network"] ?? "{}") as Record<string, unknown>;
    const request = await read(folder, {
      ...texts,
      "pilot:network": JSON.stringify({ ...given, ...network }),
      "pilot:clusterDefaults": JSON.stringify({ kopsVersion: "1.35.0" }),
    });
    const current = ownStateOf({}, "sbx");
    const k1 = { resource: "k1", name: "k1.sbx.pilot.internal", stateStore: "s3://state", state: living?.state ?? {} };
    const problems: Problem[] = [...request.refused];
    const { resources } = await record(() =>
      createEnvironment(living ? { ...request, current: { ...current, clusters: [k1], tags: living.tags } } : request, {
        refuse: (found) => problems.push(...found),
        read: () => Promise.resolve(undefined),
      }),
    );
    const clusters = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster");
    return {
      problems: problems.map(({ source, line, path, message }) => `${source}:${line ?? "-"} ${path} ${message}`),
      clusters: Object.keys(clusters),
      living: {
        state: clusters["k1"]?.inputs ?? {},
        // As they are: only a cluster whose tags change is checked before it is registered.
        tags: Object.fromEntries(
          Object.entries(ofType(resources, "aws:ec2/tag:Tag")).map(([name, { inputs }]) => [name, inputs]),
        ) as unknown as OwnState["tags"],
      },
    };
  }
  const peer = { peerings: { office: { vpcId: "vpc-1", cidrs: ["10.96.0.0/16"] } } };

  it("are refused with file, line and property, and what to write; other clusters go on", async () => {
    const lines = cluster.trimEnd().split("\n").length;
    write("k1.yaml", `${cluster.trimEnd()}\nkops:\n  cluster:\n    serviceClusterIPRange: 10.20.192.0/20\n`);
    write("k2.yaml", cluster.replace("name: k1", "name: k2"));
    const { problems, clusters } = await made();
    expect(problems).to.deep.equal([
      `clusters/sbx/k1.yaml:${lines + 3} kops.cluster.serviceClusterIPRange 10.20.192.0/20, the range of services, ` +
        "overlaps with networkCIDR 10.20.0.0/16: packets to it would stay in the cluster; write " +
        "serviceClusterIPRange: 100.64.0.0/20",
    ]);
    expect(clusters).to.deep.equal(["k2"]);
  });

  it("are refused where a peer of the network is", async () => {
    write("k1.yaml", `${cluster.trimEnd()}\nkops: { cluster: { serviceClusterIPRange: 10.96.0.0/20 } }\n`);
    const { problems, clusters } = await made(peer);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/overlaps with 10\.96\.0\.0\/16 of the peer office.*write serviceClusterIPRange: /);
    expect(clusters).to.deep.equal([]);
  });

  it("are refused in a VPC of kOps's default range, which is taken", async () => {
    write("k1.yaml", cluster.replaceAll("10.20.0.0/16", "100.64.0.0/16"));
    const { problems } = await made({ cidr: "100.64.0.0/16" });
    expect(problems.map((one) => one.replace(/ \d.*; write/, " … write"))).to.deep.equal([
      "clusters/sbx/k1.yaml:2 kops.cluster.nonMasqueradeCIDR … write nonMasqueradeCIDR: 10.0.0.0/10, " +
        "serviceClusterIPRange: 10.0.0.0/13",
      "clusters/sbx/k1.yaml:2 kops.cluster.serviceClusterIPRange … write nonMasqueradeCIDR: 10.0.0.0/10, " +
        "serviceClusterIPRange: 10.0.0.0/13",
    ]);
    const ranges = "{ nonMasqueradeCIDR: 10.0.0.0/10, serviceClusterIPRange: 10.0.0.0/13 }";
    write(
      "k1.yaml",
      `${cluster.replaceAll("10.20.0.0/16", "100.64.0.0/16").trimEnd()}\nkops: { cluster: ${ranges} }\n`,
    );
    expect(await made({ cidr: "100.64.0.0/16" })).to.deep.include({ problems: [], clusters: ["k1"] });
  });

  it("are taken by name, and of a cluster that exists, which cannot change them", async () => {
    write("k1.yaml", `${cluster.trimEnd()}\nkops: { cluster: { serviceClusterIPRange: 10.20.192.0/20 } }\n`);
    const text = readFileSync(join(folder, "clusters/sbx/k1.yaml"), "utf8");
    write("k1.yaml", `${text}allow: [ranges]\n`);
    const { clusters, living } = await made();
    expect(clusters).to.deep.equal(["k1"]);
    write("k1.yaml", text);
    expect((await made({}, living)).clusters).to.deep.equal(["k1"]);
    expect((await made()).clusters).to.deep.equal([]);
  });

  it("are refused for pods of two clusters in the same route tables", async () => {
    const kubenet = manifestOf("public-kubenet");
    write("one.yaml", kubenet);
    write("two.yaml", kubenet.replaceAll("public-kubenet.", "other-kubenet."));
    const { problems, clusters } = await made();
    expect(problems.map((one) => one.replace(/:\d+ /, " "))).to.deep.equal([
      "clusters/sbx/two.yaml spec.podCIDR 100.96.0.0/11 (kOps's default), the range of pods, overlaps with the pods " +
        "of public-kubenet.corpus.internal (100.96.0.0/11): both would be in the same route tables; write podCIDR: " +
        "100.80.0.0/12",
    ]);
    expect(clusters).to.deep.equal(["public-kubenet.corpus.internal"]);
  });

  it("of IPv6 clusters are those of the environment's subnets, if it has them for clusters", async () => {
    write("k1.yaml", `${cluster.trimEnd()}\nipv6: true\n`);
    const refused = (await made({ ipv6: true })).problems.map((one) => one.replace(/:\d+ /, " "));
    expect(refused).to.deep.equal([
      "clusters/sbx/k1.yaml ipv6 needs an environment with IPv6 for clusters: write ipv6: clusters under its " +
        "pilot:network",
    ]);
    const { problems, clusters, living } = await made({ ipv6: "clusters" });
    expect({ problems, clusters }).to.deep.equal({ problems: [], clusters: ["k1"] });
    expect(living.state["cluster"]).to.deep.include({ nonMasqueradeCIDR: "::/0" });
    const { subnets } = living.state["cluster"] as { subnets: Record<string, string>[] };
    expect(subnets.map(({ name, type, ipv6CIDR, egress }) => [name, type, ipv6CIDR, egress])).to.deep.equal([
      ["ap-southeast-2a", "Private", "2406:da1c:7:ab00::/64", "External"],
      ["ap-southeast-2b", "Private", "2406:da1c:7:ab01::/64", "External"],
      ["ap-southeast-2c", "Private", "2406:da1c:7:ab02::/64", "External"],
      ["utility-ap-southeast-2a", "Utility", "2406:da1c:7:ab10::/64", undefined],
      ["utility-ap-southeast-2b", "Utility", "2406:da1c:7:ab11::/64", undefined],
      ["utility-ap-southeast-2c", "Utility", "2406:da1c:7:ab12::/64", undefined],
    ]);
  });

  it("of IPv6 clusters are taken in a network of kOps's own, not in the environment's", async () => {
    write("six.yaml", manifestOf("ipv6-cilium"));
    write("own.yaml", "manifest: manifests.yaml\nkopsVersion: 1.35.0\nnetwork: own\n");
    write("manifests.yaml", manifestOf("ipv6-calico"));
    write("k1.yaml", `${cluster.trimEnd()}\nkops: { cluster: { nonMasqueradeCIDR: "::/0" } }\n`);
    const { problems, clusters } = await made();
    expect(problems.map((one) => one.replace(/:\d+ /, " ")).sort()).to.deep.equal([
      "clusters/sbx/k1.yaml kops.cluster.nonMasqueradeCIDR cannot be ::/0: the cluster's subnets have no IPv6 " +
        "range for kOps; write ipv6: true in a cluster file, or a kOps manifest with network: own, or with ids and " +
        "ipv6CIDR of subnets of yours",
      "clusters/sbx/six.yaml spec.subnets dualstack-ap-southeast-2a: the type DualStack cannot be filled in: only " +
        "Private, Public, Utility; an IPv6 cluster has a network of its own: write network: own",
    ]);
    expect(clusters).to.deep.equal(["ipv6-calico.corpus.internal"]);
  });
});
