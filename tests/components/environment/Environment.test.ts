import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createEnvironment } from "../../../components/environment/index.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { rejection } from "../../local/rejection.ts";
import { accountId, ofType, record } from "../mocks.ts";
import { environment, read, root, sandbox } from "./sandbox.ts";

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

  it("for the sandbox has one network, DNS zone and store, and the tracked cluster, all at the root", async () => {
    const { resources, calls } = await environment(root);
    const components = resources.filter(({ type }) => type.startsWith("pilot:"));
    expect(components.map(({ type, name, parent }) => [type, name, parent])).to.deep.include.members([
      ["pilot:network:Network", "sbx", ""],
      ["pilot:dns:Dns", "sbx", ""],
      ["pilot:store:StateStore", "sbx", ""],
      ["pilot:store:StorePolicies", "sbx", ""],
      ["pilot:cluster:KubernetesCluster", "k1", ""],
    ]);
    // The second and third check whether a destroy left the buckets behind.
    expect(calls).to.deep.equal([
      "aws:index/getCallerIdentity:getCallerIdentity",
      "aws:s3/getBucketPolicy:getBucketPolicy",
      "aws:s3/getBucketPolicy:getBucketPolicy",
    ]);
  });

  it("creates one cluster per file, each after the whole network, zone and store", async () => {
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
      // The guards of the environment go after the clusters, and do not depend on each other.
      expect(dependencies).to.include("pulumi-nodejs:dynamic/store:BucketContents::sbx");
      expect(dependencies.filter((urn) => urn.startsWith("pulumi-nodejs:dynamic/kops:"))).to.be.empty;
    }
    expect(Object.keys(result.clusters)).to.deep.equal(["k1", "k2"]);
  });

  it("gives each cluster the same add-ons and its own test, with the login that always works", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster);
    writeFileSync(
      join(folder, "clusters/sbx/k2.yaml"),
      `${cluster.replace("name: k1", "name: k2")}\nrollingUpdate: { strategy: manual }\nauthentication: { iam: ` +
        `{} }\n`,
    );
    const team = {
      namespaces: { shop: { quota: { pods: 10 } } },
      access: { view: { iamRoles: [`arn:aws:iam::${accountId}:role/shop`] } },
    };
    const { resources, result } = await environment(folder, {
      ...sandbox(),
      "pilot:tenants": JSON.stringify({ shop: team }),
      "pilot:smokeTest": '{"enabled":true}',
    });
    expect(
      resources
        .filter(({ type }) => type === "pilot:addons:Addons" || type === "pilot:test:SmokeTest")
        .map(({ type, name, parent }) => `${type} ${name} ${parent}`)
        .sort(),
    ).to.deep.equal([
      "pilot:addons:Addons k1 ",
      "pilot:addons:Addons k2 ",
      "pilot:test:SmokeTest k1 ",
      "pilot:test:SmokeTest k2 ",
    ]);
    for (const name of ["k1", "k2"]) {
      const namespace = ofType(resources, "kubernetes:core/v1:Namespace")[`${name}-shop`];
      expect(namespace).to.deep.include({
        provider: name,
        deletedWith: `pulumi-nodejs:dynamic/kops:Cluster::${name}`,
      });
      const provider = ofType(resources, "pulumi:providers:kubernetes")[name];
      expect(provider?.inputs["clusterIdentifier"]).to.equal(`${name}.sbx.pilot.internal`);
      expect(provider?.inputs["kubeconfig"]).to.contain("providers/kops/login.mjs");
      const { triggers, environment: given } = ofType(resources, "command:local:Command")[name]?.inputs as {
        triggers: string[];
        environment: { SMOKE_TEST: string };
      };
      expect(triggers).to.deep.equal(["digest"]);
      const asked = JSON.parse(given.SMOKE_TEST) as { login: { name: string } };
      expect(asked.login.name).to.equal(`${name}.sbx.pilot.internal`);
      expect(asked).to.deep.include({
        kubernetesVersion: "1.34.3",
        olderNodes: name === "k2",
      });
    }
    // The IAM mapping has a reader only if people log in with IAM.
    expect(
      Object.keys(ofType(resources, "kubernetes:iamauthenticator.k8s.aws/v1alpha1:IAMIdentityMapping")),
    ).to.deep.equal([`k2-pilot-${accountId}-shop`]);
    expect(Object.keys(result.smokeTests ?? {})).to.deep.equal(["k1", "k2"]);
  });

  it("installs no add-ons and tests no cluster by default", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster);
    const { resources, result } = await environment(folder);
    expect(resources.filter(({ type }) => /kubernetes|command/.test(type)).map(({ type }) => type)).to.deep.equal([]);
    expect(result).not.to.have.property("smokeTests");
  });

  it("puts the environment's tags on everything, and passes them to kOps", async () => {
    const { resources } = await environment(root, { ...sandbox(), "pilot:tags": JSON.stringify({ cost: "platform" }) });
    for (const { type, name, inputs } of resources) {
      if (!type.startsWith("aws:") || inputs["tags"] === undefined) continue;
      expect(inputs["tags"], `${type} ${name}`).to.deep.include({ environment: "sbx", cost: "platform" });
    }
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs["cluster"] as Record<
      string,
      unknown
    >;
    expect(kops["cloudLabels"]).to.deep.equal({ environment: "sbx", cost: "platform" });
  });

  it("refuses a cluster whose tag would exceed the subnets' limit, before it creates anything", async () => {
    // With Name, environment and a role, one cluster without tags of its own still fits: kOps adds ten.
    const tags = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "x"])));
    const untagged = { "pilot:clusterOverrides": JSON.stringify({ tags: {} }) };
    await environment(root, { ...sandbox(), "pilot:tags": tags(46), ...untagged });
    const { result, resources } = await record(async () =>
      rejection(createEnvironment(await read(root, { ...sandbox(), "pilot:tags": tags(47), ...untagged }))),
    );
    expect(String(result)).to.match(
      /ConfigError: The network of sbx cannot be used .*\n.*each subnet would have 51 tags, 1 of them for clusters/,
    );
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.be.empty;
  });

  it("uses the given bucket names", async () => {
    const { result } = await environment(root, {
      ...sandbox(),
      "pilot:stateStore": JSON.stringify({ stateBucket: "my-state", discoveryBucket: "my-oidc" }),
    });
    expect(result.stateStore).to.include({ stateStore: "s3://my-state", discoveryBucket: "my-oidc" });
  });

  it("is refused with every problem of config and files, before it creates anything", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster.replace("t3.large", "large"));
    expect(await rejection(read(folder, { ...sandbox(), "pilot:netwrk": "x" })))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.matches(/2 problems; nothing was changed/)
      .and.matches(/pilot:netwrk: unknown key/)
      .and.matches(/clusters\/sbx\/k1\.yaml:\d+: nodeGroups\.nodes\.machineType: must be/)
      .and.matches(/Next: correct the lines above/);
  });

  it("skips a cluster whose file has errors, and keeps the errors", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster.replace("t3.large", "large"));
    writeFileSync(join(folder, "clusters/sbx/k2.yaml"), cluster.replace("name: k1", "name: k2"));
    const request = await read(folder);
    expect(request.clusters.map(({ name }) => name)).to.deep.equal(["k2"]);
    expect(request.refused.map(({ source, path }) => `${source} ${path}`)).to.deep.equal([
      "clusters/sbx/k1.yaml nodeGroups.nodes.machineType",
    ]);
  });

  it("does not blame zones and IPv6 in cluster files if the network itself is wrong", async () => {
    writeFileSync(
      join(folder, "clusters/sbx/k1.yaml"),
      `ipv6: true\n${cluster.replace("machineType: t3.medium", "machineType: t3.medium\n  zones: [us-east-1a]")}`,
    );
    const { message } = await rejection(read(folder, { ...sandbox(), "pilot:network": "{}" }));
    expect(message)
      .to.match(/1 problem;/)
      .and.not.to.match(/k1\.yaml/);
  });

  it("refuses one bucket for two purposes, because the discovery bucket is public", async () => {
    const same = { stateBucket: "one-bucket", discoveryBucket: "one-bucket", accessLogs: { bucket: "one-bucket" } };
    const { message } = await rejection(read(folder, { ...sandbox(), "pilot:stateStore": JSON.stringify(same) }));
    expect(message)
      .to.contain("pilot:stateStore: discoveryBucket: cannot be one-bucket, the bucket of stateBucket")
      .and.to.contain("accessLogs.bucket: cannot be one-bucket");
  });

  it("requires bucket names if the computed ones are too long", async () => {
    const { message } = await rejection(read(folder, sandbox(), "a-stack-with-quite-a-long-name"));
    expect(message).to.match(/pilot:stateStore: stateBucket: must be given: the computed name pilot-a-stack/);
  });

  it("names a cluster after the cluster, not after its file", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster);
    const before = await environment(folder);
    renameSync(join(folder, "clusters/sbx/k1.yaml"), join(folder, "clusters/sbx/renamed.yaml"));
    const after = await environment(folder);
    const seen = ({ resources }: typeof before) => resources.map(({ type, name, inputs }) => ({ type, name, inputs }));
    expect(seen(after)).to.have.deep.members(seen(before));
  });

  it("protects clusters from deletion unless the stack is a sandbox or the file says otherwise", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), cluster);
    writeFileSync(
      join(folder, "clusters/sbx/k2.yaml"),
      `${cluster.replace("name: k1", "name: k2")}deletionProtection: false\n`,
    );
    const protectedIn = async (texts: Record<string, string>) => {
      const { resources } = await environment(folder, texts);
      return Object.values(ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")).map(({ name, inputs, protect }) => [
        name,
        inputs["deletionProtection"],
        protect,
      ]);
    };
    expect(await protectedIn({ ...sandbox(), "pilot:sandbox": "false" })).to.have.deep.members([
      ["k1", true, true],
      ["k2", false, false],
    ]);
    expect(await protectedIn({ ...sandbox(), "pilot:sandbox": "true" })).to.have.deep.members([
      ["k1", undefined, false],
      ["k2", false, false],
    ]);
  });

  it("protects network, zone and store by Pulumi unless the stack is a sandbox, and no tag or route of them", async () => {
    const protectedIn = async (texts: Record<string, string>) =>
      (await environment(folder, texts)).resources
        .filter(({ protect }) => protect)
        .map(({ type, name }) => [type, name]);
    expect(await protectedIn({ ...sandbox(), "pilot:sandbox": "false" })).to.have.deep.members([
      ["aws:ec2/vpc:Vpc", "sbx"],
      ["aws:route53/zone:Zone", "sbx"],
      ["pulumi-nodejs:dynamic/store:BucketContents", "sbx"],
    ]);
    expect(await protectedIn(sandbox())).to.deep.equal([]);
  });

  it("deletes workload resources with a cluster only in a sandbox, or if the cluster's file says so", async () => {
    writeFileSync(join(folder, "clusters/sbx/k1.yaml"), `${cluster}deletion: { retain: 1h }\n`);
    writeFileSync(
      join(folder, "clusters/sbx/k2.yaml"),
      `${cluster.replace("name: k1", "name: k2")}deletion: { workloadResources: stop }\n`,
    );
    const deletionIn = async (texts: Record<string, string>) => {
      const { resources } = await environment(folder, texts);
      return Object.values(ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")).map(({ name, inputs }) => [
        name,
        inputs["deletion"],
      ]);
    };
    // The setting is an input, because a destroy runs no program.
    expect(await deletionIn({ ...sandbox(), "pilot:sandbox": "true" })).to.have.deep.members([
      ["k1", { retain: "1h", workloadResources: "delete" }],
      ["k2", { workloadResources: "stop" }],
    ]);
    expect(await deletionIn({ ...sandbox(), "pilot:sandbox": "false" })).to.have.deep.members([
      ["k1", { retain: "1h" }],
      ["k2", { workloadResources: "stop" }],
    ]);
  });
});
