import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { composeCluster } from "../../components/cluster/compose.ts";
import { clusterRequest } from "../../components/cluster/request/request.ts";
import type { EnvironmentReference } from "../../components/reference/index.ts";
import { manifestOf } from "../../providers/kops/model/spec.ts";
import { clientOf, quick, region, unchanged } from "./bare/index.ts";
import { zonesOf } from "./network/index.ts";
import { makeWholeCheckout } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const domain = "sbx.pilot.internal";
const [k1, k2] = [`k1.${domain}`, `k2.${domain}`];
const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
const guide = resolve(import.meta.dirname, "../../docs/guide/from-kops.md");
const nothing = "plan: no cloud resource changes; no node rolls";
/** The clusters of which a preview says so. */
const unchangedIn = (output: string): string[] =>
  [
    ...new Set(
      output.split("\n").flatMap((line) => (line.includes(nothing) ? (/\[(\w+)\.sbx\]/.exec(line)?.[1] ?? []) : [])),
    ),
  ].sort();

describe("a store of the kOps command line", function () {
  this.timeout(10 * 60_000);
  let whole: WholeCheckout;
  let environment: EnvironmentReference;
  let filled = "";

  const kops = async (...words: string[]): Promise<string> =>
    (await whole.local("kops", ...words, "--state", environment.stateStore.stateStore)).output;
  const pilot = (...words: string[]) => whole.local("node", "cli/pilot.mjs", ...words);
  const etags = async (): Promise<string[]> => {
    const s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    const Bucket = environment.stateStore.stateStore.replace("s3://", "");
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return Contents.flatMap(({ Key = "", ETag = "" }) => (Key.startsWith("_pilot/") ? [] : [`${Key} ${ETag}`]));
  };
  const objects = (text: string): string => text.slice(text.indexOf("apiVersion:"));

  /** What a request composes, made by kOps alone. */
  async function makeByHand(): Promise<void> {
    const request = clusterRequest.parse({
      ...{ name: "k1", kopsVersion: "1.35.0", kubernetesVersion: "1.34.3", apiAccess: ["10.0.0.0/8"], auditLog: false },
      controlPlane: { count: 1, machineType: "t3.medium" },
      nodeGroups: { nodes: { machineType: "t3.large", count: 1 } },
      kops: { cluster: { channel: "none", kubelet: { maxPods: 60 } } },
    });
    const { network, dns, stateStore } = environment;
    const { topology, zoneName, zoneId = "" } = dns;
    const { name, cluster, instanceGroups } = composeCluster(request, {
      ...{ network, dns: { topology, zoneName, zoneId }, store: stateStore },
    });
    await whole.write("k1.yaml", manifestOf({ name, kopsVersion: "1.35.0", cluster, instanceGroups }));
    await kops("create", "-f", "k1.yaml");
  }

  /** The template of the guide, filled with what Terraform would give. */
  async function makeByTemplate(): Promise<void> {
    const template = /```yaml\n(apiVersion: kops[^]*?)```/.exec(await readFile(guide, "utf8"))?.[1] ?? "";
    const { network, dns, stateStore } = environment;
    const ids = (key: "privateSubnetId" | "utilitySubnetId") =>
      Object.fromEntries(network.zones.map((zone) => [zone.zone, zone[key]]));
    const values = {
      ...{ cluster_name: k2, environment: "sbx", state_bucket: stateStore.stateStore.replace("s3://", ""), region },
      ...{ zone_id: dns.zoneId, vpc_id: network.vpcId, vpc_cidr: network.vpcCidr, kubernetes_version: "1.34.3", image },
      ...{ public_subnet_ids: ids("utilitySubnetId"), private_subnet_ids: ids("privateSubnetId") },
      ...{ control_plane_zones: network.zones.map(({ zone }) => zone), worker_type: "t3.large", workers: 1 },
    };
    await whole.write("cluster-template.yaml", template.replace("channel: stable", "channel: none"));
    await whole.write(
      "values.json",
      JSON.stringify(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]))),
    );
    // The channel `stable` is a file on the internet.
    const from = ["--channel", "none", "--template", "cluster-template.yaml", "--values", "values.json"];
    filled = objects(await kops("toolbox", "template", "--name", k2, ...from));
    await whole.write("k2.yaml", filled);
    await kops("create", "-f", "k2.yaml");
  }

  before(async () => {
    whole = await makeWholeCheckout();
    await whole.stack("sbx", {
      network: { zones: zonesOf("a"), nat: "single" },
      dns: { type: "private", name: domain },
      sandbox: true,
      clusterDefaults: {
        deletionProtection: true,
        rollingUpdate: quick.rollingUpdate,
        validation: quick.validation,
      },
    });
    await whole.pulumi("up", "sbx");
    ({ environment } = await whole.outputs<{ environment: EnvironmentReference }>("sbx"));
    await makeByHand();
    await makeByTemplate();
    for (const name of [k1, k2]) await kops("update", "cluster", "--name", name, "--yes", "--create-kube-config=false");
  });
  after(() => whole.remove());

  it("is assessed by reading alone: a file for each cluster, findings with field and reason, one page", async () => {
    const before = await etags();
    const { output } = await pilot("assess", environment.stateStore.stateStore);
    expect(output)
      .to.contain(`file: ${k1}.yaml, a request`)
      .and.to.contain(`file: ${k2}.yaml, its manifest; kOps tags its subnets`)
      .and.to.contain("adopting changes nothing")
      .and.to.contain("note, insecure: cluster.serviceAccountIssuerDiscovery AWS knows no OIDC issuer");
    expect(await etags()).to.deep.equal(before);
    expect(await whole.read("assessed/assess.html"))
      .to.contain(k1)
      .and.to.contain(k2);
    expect(await whole.read(`assessed/clusters/${k1}.yaml`)).to.contain("maxPods: 60");
  });

  it("is adopted by these files: the preview changes nothing in kOps, and the `up` only owns tags", async () => {
    await whole.local("cp", "-r", "assessed/clusters/.", "clusters/sbx/");
    const preview = (await whole.pulumi("preview", "sbx")).output;
    expect(unchangedIn(preview), preview).to.deep.equal(["k1", "k2"]);
    const before = { etags: await etags(), instances: await whole.instances(), changes: await whole.changes() };
    const { output } = await whole.pulumi("up", "sbx");
    expect(output.split("adopted as it is").length - 1, output).to.be.at.least(2);
    expect({ etags: await etags(), instances: await whole.instances() }).to.deep.equal({
      etags: before.etags,
      instances: before.instances,
    });
    // The tags of the request's subnets.
    expect(await whole.changes()).to.deep.equal({ ...before.changes, ec2: (before.changes["ec2"] ?? 0) + 2 });
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("can stay a filled template, or a folder with a file for each object: neither changes AWS nor rolls a node", async () => {
    const folder = join(whole.folder, "clusters/sbx/kops");
    await writeFile(join(folder, `${k2}.yaml`), filled);
    const template = (await whole.pulumi("preview", "sbx")).output;
    // kOps filled in defaults when it made the cluster: it only writes its completed spec again, into the store.
    expect(template)
      .to.contain("[k2.sbx] plan: modifies 1 resource in AWS; no node rolls")
      .and.to.contain("[k2.sbx] plan: modify ManagedFile/cluster-completed.spec: Contents");
    const split = objects(await kops("get", "all", "--name", k2, "-o", "yaml")).split(/^---\n/m);
    expect(split.length).to.be.at.least(3);
    await mkdir(join(folder, "k2"));
    for (const [index, one] of split.entries()) await writeFile(join(folder, "k2", `${index}.yaml`), one);
    await rm(join(folder, `${k2}.yaml`));
    const file = await whole.read(`clusters/sbx/${k2}.yaml`);
    await whole.write(`clusters/sbx/${k2}.yaml`, file.replace(`kops/${k2}.yaml`, "kops/k2"));
    const folded = (await whole.pulumi("preview", "sbx")).output;
    expect(folded).to.not.match(/\[k2\.sbx\] plan: (modif|creat|delet|roll)/);
    expect(folded).to.match(unchanged);
  });

  it("is left by the steps that `pilot leave` shows, and plain kOps finds nothing to do", async () => {
    const { output } = await pilot("leave", environment.stateStore.stateStore, k1);
    const [, urn = "", flags = ""] = /pulumi state delete '(\S+)' (.*)/.exec(output) ?? [];
    expect(flags).to.equal("--target-dependents --force --stack sbx");
    await whole.local("pulumi", "state", "delete", urn, ...flags.split(" "), "--yes");
    await whole.forget(`clusters/sbx/${k1}.yaml`);
    expect((await pilot("leave", environment.stateStore.stateStore, k1, "--yes")).output).to.contain("has left");
    const before = await whole.instances();
    await whole.pulumi("up", "sbx");
    expect(await whole.instances()).to.deep.equal(before);
    expect(await kops("update", "cluster", "--name", k1)).to.contain("No changes need to be applied");
    expect(await kops("rolling-update", "cluster", "--name", k1, "--cloudonly")).to.contain(
      "No rolling-update required",
    );
    expect(await readdir(join(whole.folder, "clusters/sbx"))).to.have.members([`${k2}.yaml`, "kops"]);
  });
});
