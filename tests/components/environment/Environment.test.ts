import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import yaml from "js-yaml";
import { createEnvironment, readEnvironment } from "../../../components/environment/index.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { ofType, record } from "../mocks.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The tracked sandbox, as the engine hands it over. */
function sandbox(): Record<string, string> {
  const { config } = yaml.load(readFileSync(join(root, "Pulumi.sbx.yaml"), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]));
}

const environment = (folder: string, texts = sandbox()) => record(() => createEnvironment(readEnvironment(folder, "pilot", "sbx", texts)));

describe("Environment", () => {
  let folder = "";
  const cluster = readFileSync(join(root, "clusters/sbx/k1.yaml"), "utf8");
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "environment-"));
    mkdirSync(join(folder, "clusters/sbx"), { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("of the sandbox is one network, one DNS zone, one store and the tracked cluster, with nothing above them", async () => {
    const { resources, calls } = await environment(root);
    const components = resources.filter(({ type }) => type.startsWith("pilot:"));
    expect(components.map(({ type, name, parent }) => [type, name, parent])).to.deep.include.members([
      ["pilot:network:Network", "sbx", ""],
      ["pilot:dns:Dns", "sbx", ""],
      ["pilot:store:StateStore", "sbx", ""],
      ["pilot:cluster:KubernetesCluster", "k1", ""],
    ]);
    expect(calls).to.deep.equal(["aws:index/getCallerIdentity:getCallerIdentity"]);
  });

  it("makes a cluster per file, each after the whole network, zone and store", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster);
    writeFileSync(join(folder, "clusters/sbx/k2.yaml"), cluster.replace("name: k1", "name: k2"));
    const { resources, result } = await environment(folder);
    const clusters = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster");
    expect(Object.keys(clusters)).to.have.members(["k1", "k2"]);
    for (const { dependencies } of Object.values(clusters)) {
      expect(dependencies).to.include.members([
        "aws:ec2/route:Route::sbx-private-ap-southeast-2c",
        "aws:ec2/routeTableAssociation:RouteTableAssociation::sbx-utility-ap-southeast-2a",
        "aws:ec2/natGateway:NatGateway::sbx-nat-ap-southeast-2a",
        "aws:route53/zone:Zone::sbx",
        "aws:s3/bucketPolicy:BucketPolicy::sbx-discovery",
        "aws:s3/bucketVersioning:BucketVersioning::sbx-state",
      ]);
      expect(dependencies.filter((urn) => urn.startsWith("pulumi-nodejs:"))).to.be.empty;
    }
    expect(Object.keys(result.clusters)).to.deep.equal(["k1", "k2"]);
  });

  it("puts the environment's tags on everything, and hands them to kOps", async () => {
    const { resources } = await environment(root, { ...sandbox(), "pilot:tags": JSON.stringify({ cost: "platform" }) });
    for (const { type, name, inputs } of resources) {
      if (!type.startsWith("aws:") || inputs["tags"] === undefined) continue;
      expect(inputs["tags"], `${type} ${name}`).to.deep.include({ environment: "sbx", cost: "platform" });
    }
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs["cluster"] as Record<string, unknown>;
    expect(kops["cloudLabels"]).to.deep.equal({ environment: "sbx", cost: "platform" });
  });

  it("refuses the cluster whose tag would be one too many for the subnets, before anything is made", async () => {
    // With Name, environment and a role there is room for one cluster.
    const tags = (count: number) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "x"])));
    await environment(root, { ...sandbox(), "pilot:tags": tags(46) });
    const { result, resources } = await record(() =>
      createEnvironment(readEnvironment(root, "pilot", "sbx", { ...sandbox(), "pilot:tags": tags(47) })).catch((error: unknown) => error),
    );
    expect(String(result)).to.match(/ConfigError: The network of sbx cannot be used .*\n.*each subnet would have 51 tags, 1 of them of clusters/);
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.be.empty;
  });

  it("takes bucket names that are given", async () => {
    const { result } = await environment(root, {
      ...sandbox(),
      "pilot:stateStore": JSON.stringify({ stateBucket: "my-state", discoveryBucket: "my-oidc" }),
    });
    expect(result.stateStore).to.deep.equal({ stateStore: "s3://my-state", discoveryBucket: "my-oidc" });
  });

  it("is refused with everything that is wrong in config and files, before anything is made", () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster.replace("t3.large", "large"));
    const texts = { ...sandbox(), "pilot:netwrk": "x" };
    expect(() => readEnvironment(folder, "pilot", "sbx", texts))
      .to.throw(ConfigError)
      .with.property("message")
      .that.matches(/2 problems; nothing was changed/)
      .and.matches(/pilot:netwrk: unknown key/)
      .and.matches(/clusters\/sbx\/k1\.yaml:\d+: nodeGroups\.nodes\.machineType: must be/)
      .and.matches(/Next: correct the lines above/);
  });

  it("does not blame zones in cluster files when the network itself is wrong", () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster.replace("count: 3\n\n", "count: 3\n  zones: [ap-southeast-2a]\n\n"));
    expect(() => readEnvironment(folder, "pilot", "sbx", { ...sandbox(), "pilot:network": "{}" }))
      .to.throw(ConfigError, /1 problem;/)
      .with.property("message")
      .that.does.not.match(/k1\.yaml/);
  });

  it("asks for bucket names when the computed ones would be too long", () => {
    const stack = "a-stack-with-quite-a-long-name";
    expect(() => readEnvironment(folder, "pilot", stack, sandbox())).to.throw(ConfigError, /pilot:stateStore: stateBucket: must be given: the computed name pilot-a-stack/);
  });
});
