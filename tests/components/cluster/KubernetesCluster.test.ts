import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import yaml from "js-yaml";
import { KubernetesCluster, type KubernetesClusterArgs } from "../../../components/cluster/index.ts";
import { planCluster } from "../../../components/cluster/KubernetesCluster.ts";
import type { DnsOutputs } from "../../../components/dns/index.ts";
import { kopsClusterInputs } from "../../../providers/kops/index.ts";
import { readCluster } from "../../../components/reference/index.ts";
import { accountId, ofType, record, valueOf, type MockSettings } from "../mocks.ts";
import { request, smallest, surroundings } from "./golden-cases.ts";

const cluster = "k1.sbx.pilot.internal";
const outputs = () => ({
  network: {
    vpcId: pulumi.output("vpc-1"),
    vpcCidr: "10.20.0.0/16",
    secondaryCidrs: [],
    zones: surroundings.network.zones.map((zone) => ({
      ...zone,
      privateSubnetId: pulumi.output(zone.privateSubnetId),
      utilitySubnetId: pulumi.output(zone.utilitySubnetId),
    })),
  },
  dns: {
    topology: "Private",
    zoneName: "sbx.pilot.internal",
    zoneId: pulumi.output("Z1"),
  } satisfies DnsOutputs as DnsOutputs,
});

const make = (args: Partial<KubernetesClusterArgs> = {}, settings?: MockSettings) =>
  record(
    () =>
      new KubernetesCluster("k1", {
        request: request(smallest),
        region: "ap-southeast-2",
        accountId,
        ...outputs(),
        store: { stateStore: "s3://state", discoveryBucket: "oidc" },
        ...args,
      }),
    settings,
  );

describe("the state store of a cluster", () => {
  for (const stateStore of ["s3://state", "s3://state/kops"]) {
    it(`${stateStore} is not read before the stack has created its bucket`, async () => {
      let made: (bucket: string) => void = () => undefined;
      const bucket = pulumi.output(
        new Promise<string>((resolve) => {
          made = resolve;
        }),
      );
      const { kops } = planCluster("k1", {
        request: request({ ...smallest, kops: { cluster: { configBase: `${stateStore}/${cluster}` } } }),
        region: "ap-southeast-2",
        accountId,
        ...outputs(),
        store: { stateStore: "s3://state", discoveryBucket: "oidc", made: bucket },
      });
      const seen: string[] = [];
      const told = new Promise<void>((resolve) => {
        pulumi.output(kops.stateStore).apply((store) => {
          seen.push(store);
          resolve();
        });
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen).to.deep.equal([]);
      made("state");
      await told;
      expect(seen).to.deep.equal([stateStore]);
    });
  }
});

/** The value that the engine receives as a secret; an input that is not secret fails the test. */
function secretValueOf(input: unknown): unknown {
  expect(input).to.have.property("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270");
  return (input as { value: unknown }).value;
}

describe("KubernetesCluster", () => {
  it("creates one kOps cluster and one tag per subnet, each as its own child", async () => {
    const { resources } = await make();
    const children = resources.filter(({ type }) => type !== "pilot:cluster:KubernetesCluster");
    expect(children.map(({ type }) => type)).to.have.members([
      ...Array<string>(6).fill("aws:ec2/tag:Tag"),
      "pulumi-nodejs:dynamic/kops:Cluster",
    ]);
    for (const { parent } of children) expect(parent).to.equal("pilot:cluster:KubernetesCluster::k1");
  });

  it("tags every subnet as shared, never as owned", async () => {
    const { resources } = await make();
    const tags = Object.values(ofType(resources, "aws:ec2/tag:Tag"));
    expect(tags.map(({ inputs }) => inputs["resourceId"])).to.have.members(
      surroundings.network.zones.flatMap(({ privateSubnetId, utilitySubnetId }) => [privateSubnetId, utilitySubnetId]),
    );
    for (const { inputs } of tags)
      expect(inputs).to.deep.include({ key: `kubernetes.io/cluster/${cluster}`, value: "shared" });
  });

  it("is created after its tags and its dependencies, so that they outlive it", async () => {
    const required: pulumi.Resource[] = [];
    const { resources } = await record(() => {
      class SharedInfrastructure extends pulumi.ComponentResource {
        constructor() {
          super("test:index:Ground", "ground");
          new KubernetesCluster(
            "k0",
            {
              request: request({ ...smallest, name: "k0" }),
              region: "ap-southeast-2",
              accountId,
              ...outputs(),
              store: { stateStore: "s3://state", discoveryBucket: "oidc" },
            },
            { parent: this },
          );
        }
      }
      required.push(new SharedInfrastructure());
      return new KubernetesCluster("k1", {
        request: request(smallest),
        region: "ap-southeast-2",
        accountId,
        ...outputs(),
        store: { stateStore: "s3://state", discoveryBucket: "oidc" },
        requires: required,
      });
    });
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"];
    expect(kops?.dependencies).to.include("pulumi-nodejs:dynamic/kops:Cluster::k0");
    expect(kops?.dependencies.filter((urn) => urn.includes(`kubernetes.io/cluster/${cluster}`))).to.have.length(6);
  });

  it("passes the whole request to the provider", async () => {
    const key = "ssh-ed25519 AAAA team";
    const { resources } = await make({
      request: request({
        ...smallest,
        sshPublicKey: key,
        rollingUpdate: { drainTimeout: "1m" },
        validation: { count: 2 },
      }),
    });
    const inputs = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs;
    expect(inputs).to.deep.include({
      name: cluster,
      stateStore: "s3://state",
      kopsVersion: "1.35.0",
      region: "ap-southeast-2",
      sshPublicKeys: [key],
      rollingUpdate: { drainTimeout: "1m" },
      validation: { count: 2 },
    });
    expect(Object.keys(inputs?.["instanceGroups"] as object)).to.have.members([
      "control-plane-ap-southeast-2a",
      "control-plane-ap-southeast-2b",
      "control-plane-ap-southeast-2c",
      "nodes",
    ]);
  });

  it("passes every input that a cluster file can give, and the values of the secrets it names", async () => {
    const given = {
      timeouts: { update: "2h" },
      deletionProtection: true,
      deletion: { retain: "24h" },
      profile: "sandbox",
      assumeRole: { roleArn: "arn:aws:iam::123456789012:role/pilot" },
      adopt: true,
      owner: "organisation/pilot/before",
      budget: "1h",
      allow: ["image"],
      allowDowngrade: true,
      featureFlags: ["APIServerNodes"],
      rollingUpdate: { strategy: "manual" },
      validation: { count: 2 },
    };
    const secrets = { dockerConfig: "registry", certificateAuthority: { certificate: "crt", privateKey: "key" } };
    const { resources } = await make({
      request: request({ ...smallest, ...given, secrets }),
      secrets: { registry: "{}", crt: "CERT", key: "KEY", other: "not asked for" },
    });
    const inputs = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs;
    expect(inputs).to.deep.include(given);
    expect(secretValueOf(inputs?.["secrets"])).to.deep.equal({
      dockerConfig: "{}",
      certificateAuthority: { certificate: "CERT", privateKey: "KEY" },
    });
    const composed = ["name", "stateStore", "region", "kopsVersion", "cluster", "instanceGroups", "sshPublicKeys"];
    expect([...composed, "additionalObjects", ...Object.keys(given), "secrets", "aws"]).to.have.members(
      Object.keys(kopsClusterInputs.shape),
    );
  });

  it("knows API name, OIDC issuer and roles before the cluster exists", async () => {
    const { result } = await make({}, { preview: true });
    expect(await valueOf(result.outputs.endpoint)).to.equal(`https://api.${cluster}`);
    expect(result.outputs.oidc).to.deep.equal({
      issuer: `https://oidc.s3.ap-southeast-2.amazonaws.com/${cluster}`,
      discoveryUrl: `https://oidc.s3.ap-southeast-2.amazonaws.com/${cluster}/.well-known/openid-configuration`,
      audience: "amazonaws.com",
      providerArn: `arn:aws:iam::${accountId}:oidc-provider/oidc.s3.ap-southeast-2.amazonaws.com/${cluster}`,
    });
    expect(result.outputs.roles).to.deep.equal({ controlPlane: `masters.${cluster}`, nodes: `nodes.${cluster}` });
  });

  it("has outputs that other stacks can read, with any kind of load balancer", async () => {
    const { result } = await make();
    const plain: unknown = JSON.parse(JSON.stringify(await valueOf(pulumi.output(result.outputs))));
    const reference = readCluster({ k1: plain }, "k1", "organization/pilot/sbx");
    expect(reference).to.deep.include({
      version: 1,
      name: cluster,
      autoScalingGroups: { nodes: `nodes.${cluster}` },
      securityGroups: { [`nodes.${cluster}`]: "sg-1" },
      loadBalancer: { name: "api-k1", dnsName: "api-k1.elb.test" },
      etcdVolumes: { [`a.etcd-main.${cluster}`]: "vol-1" },
    });
    expect(reference.network).not.to.have.property("secondaryCidrs");
    expect(reference.network).to.deep.include({
      vpcId: "vpc-1",
      vpcCidr: "10.20.0.0/16",
      zones: surroundings.network.zones.map(({ zone }) => zone),
    });
    expect(reference.network.subnets.map(({ id, type }) => [id, type])).to.deep.equal([
      ...surroundings.network.zones.map(({ privateSubnetId }) => [privateSubnetId, "Private"]),
      ...surroundings.network.zones.map(({ utilitySubnetId }) => [utilitySubnetId, "Utility"]),
    ]);
  });

  it("has no cloud names for a cluster that an older program updated last", async () => {
    const { result } = await make({}, { states: { "pulumi-nodejs:dynamic/kops:Cluster": { cloud: undefined } } });
    expect(await valueOf(result.outputs.autoScalingGroups)).to.deep.equal({});
    expect(await valueOf(result.outputs.loadBalancer)).to.equal(undefined);
  });

  it("uses the load balancer's address when no name is published", async () => {
    const { result } = await make({ dns: { topology: "None", zoneName: "sbx.pilot.internal" } });
    expect(await valueOf(result.outputs.endpoint)).to.equal(`https://lb-of-${cluster}`);
  });

  it("returns a kubeconfig without a credential that gets one from kops", async () => {
    const { result } = await make();
    const text = await valueOf(result.outputs.kubeconfig);
    const config = yaml.load(text) as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: { exec: { command: string; args: string[] } } }[];
    };
    expect(text).not.to.match(/token|client-certificate|client-key|password|PRIVATE/);
    expect(config.clusters[0]?.cluster).to.include({
      server: `https://api.${cluster}`,
      "tls-server-name": `api.internal.${cluster}`,
    });
    expect(Buffer.from(config.clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString()).to.match(
      /^-----BEGIN CERTIFICATE/,
    );
    expect(config.users[0]?.user.exec.command).to.equal("kops");
    expect(config.users[0]?.user.exec.args).to.deep.equal([
      "helpers",
      "kubectl-auth",
      `--cluster=${cluster}`,
      "--state=s3://state",
      "--api-version=v1beta1",
    ]);
    expect(await valueOf(result.outputs.breakGlassKubeconfig)).to.equal(text);
  });

  it("returns a kubeconfig with AWS identity if the cluster uses it, and keeps kOps's as a break-glass", async () => {
    const { result } = await make({
      request: request({ ...smallest, kops: { cluster: { authentication: { aws: { backendMode: "CRD" } } } } }),
    });
    const config = yaml.load(await valueOf(result.outputs.kubeconfig)) as {
      users: { user: { exec: { command: string; args: string[] } } }[];
    };
    expect(config.users[0]?.user.exec)
      .to.include({ command: "aws-iam-authenticator" })
      .and.to.deep.include({ args: ["token", "-i", cluster] });
    expect(await valueOf(result.outputs.breakGlassKubeconfig)).to.contain("kubectl-auth");
  });
});
