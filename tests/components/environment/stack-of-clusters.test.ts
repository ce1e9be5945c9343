import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createEnvironment } from "../../../components/environment/index.ts";
import { environmentReference, type EnvironmentReference } from "../../../components/reference/index.ts";
import { rejection } from "../../local/rejection.ts";
import { accountId, ofType, record, valueOf } from "../mocks.ts";
import { environment, read, root, sandbox } from "./sandbox.ts";

describe("a stack of clusters", () => {
  const texts = { "aws:region": "ap-southeast-2", "pilot:environment": "sbx" };
  let folder = "";
  let made: EnvironmentReference;
  const file = readFileSync(join(root, "clusters/sbx/k1.yaml"), "utf8");
  before(async () => {
    const { result } = await environment(root);
    const { network, dns, stateStore, ...rest } = result.environment;
    // JSON, as in the state.
    made = environmentReference.parse(
      JSON.parse(
        JSON.stringify({
          ...rest,
          network: await valueOf(network),
          dns: await valueOf(dns),
          stateStore: await valueOf(stateStore),
        }),
      ),
    );
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cluster-stack-"));
    mkdirSync(join(folder, "clusters/team-a"), { recursive: true });
    writeFileSync(join(folder, "clusters/team-a/k1.yaml"), file);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const asked: string[] = [];
  const readThere = (changes: Record<string, string> = {}, environment = made) =>
    read(folder, { ...texts, ...changes }, "team-a", (reference) => {
      asked.push(reference);
      return Promise.resolve(environment);
    });

  it("creates its clusters as the environment's own stack would, and nothing else", async () => {
    asked.length = 0;
    const there = await record(
      async () => (await createEnvironment(await readThere({ "pilot:sandbox": "true" }))).outputs,
      { stack: "team-a" },
    );
    expect(asked).to.deep.equal(["sbx"]);
    const inside = await environment(root);
    const parts = ({ resources }: typeof there) =>
      resources
        .filter(
          ({ type, parent }) =>
            type === "pilot:cluster:KubernetesCluster" || parent === "pilot:cluster:KubernetesCluster::k1",
        )
        .map(({ type, name, inputs }) => ({ type, name, inputs: { ...inputs, owner: undefined } }));
    expect(parts(there)).to.have.deep.members(parts(inside));
    expect(there.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.have.length(parts(there).length);
  });

  it("also creates clusters in further ranges of the environment's network", async () => {
    const network = {
      zones: ["ap-southeast-2a"],
      secondaryCidrs: ["10.21.0.0/16"],
      subnets: { "ap-southeast-2a": { private: "10.21.0.0/18" } },
    };
    const inside = await environment(root, { ...sandbox(), "pilot:network": JSON.stringify(network) });
    const ranged = {
      ...made,
      network: environmentReference.shape.network.parse(await valueOf(inside.result.environment.network)),
    };
    expect(ranged.network.secondaryCidrs).to.deep.equal(["10.21.0.0/16"]);
    const { resources, result } = await record(
      async () => (await createEnvironment(await readThere({ "pilot:sandbox": "true" }, ranged))).outputs,
      { stack: "team-a" },
    );
    const { inputs } = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"] ?? {};
    expect(inputs?.["cluster"]).to.deep.include({
      networkCIDR: "10.20.0.0/16",
      additionalNetworkCIDRs: ["10.21.0.0/16"],
    });
    const { network: placed } = result.clusters["k1"] ?? {};
    expect(placed && (await valueOf(placed))).to.deep.include({ secondaryCidrs: ["10.21.0.0/16"] });
  });

  it("creates IPv6 clusters in an environment for them, as the environment's own stack would", async () => {
    const texts = { ...sandbox(), "pilot:network": JSON.stringify({ zones: ["ap-southeast-2a"], ipv6: "clusters" }) };
    for (const stack of ["sbx", "team-a"]) {
      mkdirSync(join(folder, "clusters", stack), { recursive: true });
      writeFileSync(join(folder, "clusters", stack, "k1.yaml"), `${file.trimEnd()}\nipv6: true\n`);
    }
    const inside = await environment(folder, texts);
    const network = environmentReference.shape.network.parse(await valueOf(inside.result.environment.network));
    expect(network.ipv6Clusters).to.equal(true);
    const of = async (given: EnvironmentReference) =>
      record(async () => createEnvironment(await readThere({ "pilot:sandbox": "true" }, given)), { stack: "team-a" });
    const [here, there] = [inside, await of({ ...made, network })].map(
      ({ resources }) => ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs["cluster"],
    );
    expect(there).to.deep.equal(here);
    expect((await readThere()).refused.map(({ line, path }) => `${line ?? "-"} ${path}`)).to.deep.equal([
      `${file.trimEnd().split("\n").length + 1} ipv6`,
    ]);
  });

  it("reads the IPv6 ranges of the environment's network, and uses them for its clusters", async () => {
    const network = { zones: ["ap-southeast-2a"], ipv6: true };
    const inside = await environment(root, { ...sandbox(), "pilot:network": JSON.stringify(network) });
    const there = environmentReference.shape.network.parse(await valueOf(inside.result.environment.network));
    expect(there.ipv6Cidr).to.equal("2406:da1c:7:ab00::/56");
    expect(there.zones[0]).to.deep.include({
      privateIpv6Cidr: "2406:da1c:7:ab00::/64",
      utilityIpv6Cidr: "2406:da1c:7:ab10::/64",
    });
    const ipv4 = (await environment(root, { ...sandbox(), "pilot:network": JSON.stringify({ zones: network.zones }) }))
      .resources;
    const clusters = [ipv4, inside.resources].map(
      (resources) => ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs,
    );
    expect(clusters[1]).to.deep.equal(clusters[0]);
  });

  it("checks its files against the zones of the environment", async () => {
    writeFileSync(
      join(folder, "clusters/team-a/k1.yaml"),
      file.replace("machineType: t3.medium", "machineType: t3.medium\n  zones: [us-east-1a]"),
    );
    expect((await readThere()).refused.map(({ path, message }) => `${path} ${message}`)).to.deep.equal([
      "controlPlane.zones[0] us-east-1a is not a zone of the network (it has ap-southeast-2a, ap-southeast-2b, " +
        "ap-southeast-2c)",
    ]);
  });

  it("adds its own tags to the environment's", async () => {
    const { resources } = await record(async () =>
      createEnvironment(await readThere({ "pilot:tags": JSON.stringify({ team: "a" }) })),
    );
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs["cluster"] as Record<
      string,
      unknown
    >;
    expect(kops["cloudLabels"]).to.deep.equal({ environment: "sbx", team: "a" });
  });

  it("is refused if its region or account differs from the environment's, before it creates anything", async () => {
    expect((await rejection(readThere({ "aws:region": "eu-west-1" }))).message).to.match(
      /aws:region: must be ap-southeast-2, the region of the stack sbx that pilot:environment names, not eu-west-1/,
    );
    const { result, resources } = await record(async () =>
      rejection(createEnvironment(await readThere({}, { ...made, accountId: "999999999999" }))),
    );
    expect(result.message).to.contain(
      `it is in the AWS account 999999999999, and these credentials are for ${accountId}`,
    );
    expect(resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.be.empty;
  });
});
