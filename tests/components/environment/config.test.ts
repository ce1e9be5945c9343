import { expect } from "chai";
import { readStackConfig } from "../../../components/environment/config.ts";
import { problemsOf, texts } from "./stack-texts.ts";

const zones = ["ap-southeast-2a"];

/** For a stack without add-ons in its clusters. */
const nothingInside = {
  platform: { priorityClasses: {}, charts: {} },
  tenants: {},
  smokeTest: {
    enabled: false,
    image: "registry.k8s.io/e2e-test-images/agnhost:2.39",
    namespace: "default",
    names: ["kubernetes.default"],
    timeoutSeconds: 300,
  },
};

const nothingSaid = { identity: {}, provider: {}, defaultTags: {}, notes: [] };

describe("stack config", () => {
  it("is read with defaults filled in", () => {
    const { config, problems } = readStackConfig(texts, "pilot");
    expect(problems).to.deep.equal([]);
    expect(config).to.deep.equal({
      region: "ap-southeast-2",
      aws: nothingSaid,
      network: { cidr: "10.20.0.0/16", zones: ["ap-southeast-2a", "ap-southeast-2b"], nat: "single" },
      dns: { type: "private", name: "sbx.pilot.internal" },
      stateStore: { onDestroy: "retain", keepOldVersionsDays: 90, encryption: { type: "s3" }, managedPolicies: false },
      sandbox: false,
      tags: {},
      clusterSecrets: {},
      clusterDefaults: {},
      clusterOverrides: {},
      ...nothingInside,
    });
  });

  it("of a stack of clusters names its environment's stack, and has no environment of its own", () => {
    const own = {
      "aws:region": "ap-southeast-2",
      "pilot:environment": "prod",
      "pilot:stateStore": "{}",
      "pilot:sandbox": "true",
    };
    const { config, problems } = readStackConfig(own, "pilot");
    expect(problems).to.deep.equal([]);
    expect(config).to.deep.equal({
      region: "ap-southeast-2",
      aws: nothingSaid,
      environment: "prod",
      sandbox: true,
      tags: {},
      clusterSecrets: {},
      clusterDefaults: {},
      clusterOverrides: {},
      ...nothingInside,
    });
    expect(
      problemsOf({ "pilot:environment": "acme/pilot/prod/x", "pilot:stateStore": { onDestroy: "purge" } }),
    ).to.deep.equal([
      "pilot:network  comes from the stack acme/pilot/prod/x: a stack with pilot:environment has none of its own",
      "pilot:dns  comes from the stack acme/pilot/prod/x: a stack with pilot:environment has none of its own",
      "pilot:stateStore  comes from the stack acme/pilot/prod/x: a stack with pilot:environment has none of its own",
      "pilot:environment  must be a stack: its name, project/name or organization/project/name",
    ]);
  });

  it("accepts only true and false for sandbox, also as `pulumi config set` writes them", () => {
    for (const sandbox of ["true", "false"]) expect(problemsOf({ "pilot:sandbox": sandbox })).to.deep.equal([]);
    expect(problemsOf({ "pilot:sandbox": "yes" })).to.deep.equal([
      'pilot:sandbox  must be true or false, not string "yes"',
    ]);
  });

  it("may hold keys of other namespaces", () => {
    expect(problemsOf({ "aws:profile": "sandbox", "other:key": "x" })).to.deep.equal([]);
  });

  it("accepts secrets of clusters only if they are encrypted, and never prints one", () => {
    const given = { ...texts, "pilot:clusterSecrets": JSON.stringify({ registry: "hunter2hunter2" }) };
    expect(readStackConfig(given, "pilot", () => true).config?.clusterSecrets).to.deep.equal({
      registry: "hunter2hunter2",
    });
    const inClear = readStackConfig(given, "pilot", () => false).problems;
    expect(inClear.map(({ source, message }) => `${source} ${message}`)).to.have.length(1);
    expect(inClear[0]?.message).to.match(/^is in clear text/);
    // The engine does not encrypt a default from Pulumi.yaml.
    expect(readStackConfig({ ...texts, "pilot:clusterSecrets": "{}" }, "pilot", () => false).problems).to.deep.equal(
      [],
    );
    for (const value of ["hunter2hunter2", ["hunter2hunter2"], { a: ["hunter2hunter2"] }]) {
      const problems = problemsOf({ "pilot:clusterSecrets": value });
      expect(problems).to.have.length(1);
      expect(problems[0])
        .to.match(/^pilot:clusterSecrets/)
        .and.not.to.contain("hunter2");
    }
  });

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ["a missing region", { "aws:region": undefined }, /^aws:region {2}is missing: the region of the environment/],
    ["an invalid region", { "aws:region": "Sydney" }, /^aws:region {2}"Sydney" is not an AWS region/],
    ["an unknown key", { "pilot:netwrk": {} }, /^pilot:netwrk {2}unknown key "netwrk", did you mean "network"\?/],
    [
      "an unknown nested key",
      { "pilot:network": { zones, nats: "none" } },
      /^pilot:network nats unknown key "nats", did you mean "nat"\?/,
    ],
    ["a missing network", { "pilot:network": undefined }, /^pilot:network {2}is missing: must be a mapping/],
    ["invalid JSON", { "pilot:network": "{zones" }, /^pilot:network {2}must be a mapping, not string "\{zones"/],
    ["a missing zone list", { "pilot:network": {} }, /^pilot:network zones is missing: must be a list/],
    ["an empty zone list", { "pilot:network": { zones: [] } }, /^pilot:network zones needs at least one zone/],
    [
      "a zone of another region",
      { "pilot:network": { zones: ["us-east-1a"] } },
      /^pilot:network zones\[0\] "us-east-1a" is not a zone of ap-southeast-2/,
    ],
    [
      "a zone of a neighboring region",
      { "pilot:network": { zones: ["ap-southeast-1a"] } },
      /^pilot:network zones\[0\] "ap-southeast-1a" is not a zone of ap-southeast-2/,
    ],
    [
      "an invalid VPC range",
      { "pilot:network": { cidr: "10.20.0.0/99", zones } },
      /^pilot:network cidr "10\.20\.0\.0\/99" is not an IPv4 CIDR/,
    ],
    [
      "subnets that overlap",
      {
        "pilot:network": {
          zones,
          subnets: { "ap-southeast-2a": { private: "10.20.0.0/17", utility: "10.20.4.0/22" } },
        },
      },
      /^pilot:network subnets\.ap-southeast-2a\.utility .* overlap$/,
    ],
    [
      "an unknown topology",
      { "pilot:network": { zones, topology: "open" } },
      /^pilot:network topology must be one of private, public/,
    ],
    [
      "NAT without private subnets",
      { "pilot:network": { zones, topology: "public", nat: "single" } },
      /^pilot:network nat single is for private subnets/,
    ],
    [
      "an endpoint by its full name",
      { "pilot:network": { zones, endpoints: { interfaces: ["com.amazonaws.ap-southeast-2.sts"] } } },
      /^pilot:network endpoints\.interfaces\[0\] .* is not the short name of a service/,
    ],
    [
      "an endpoint listed twice",
      { "pilot:network": { zones, endpoints: { interfaces: ["sts", "sts"] } } },
      /^pilot:network endpoints\.interfaces\[1\] sts is listed twice/,
    ],
    [
      "flow logs without a destination",
      { "pilot:network": { zones, flowLogs: { to: "kafka" } } },
      /^pilot:network flowLogs\.to must be one of cloudwatch, s3/,
    ],
    [
      "a flow log retention that CloudWatch Logs refuses",
      { "pilot:network": { zones, flowLogs: { to: "cloudwatch", retentionDays: 31 } } },
      /^pilot:network flowLogs\.retentionDays CloudWatch Logs does not allow 31 days, only 1, 3, 5/,
    ],
    [
      "flow logs to a bucket by its name",
      { "pilot:network": { zones, flowLogs: { to: "s3", bucketArn: "my-logs" } } },
      /^pilot:network flowLogs\.bucketArn "my-logs" is not the ARN of a bucket/,
    ],
    [
      "an invalid flow log interval",
      { "pilot:network": { zones, flowLogs: { to: "cloudwatch", interval: 300 } } },
      /^pilot:network flowLogs\.interval must be 60 or 600 seconds/,
    ],
    [
      "a peer that overlaps",
      { "pilot:network": { zones, peerings: { hub: { vpcId: "vpc-1", cidrs: ["10.20.0.0/20"] } } } },
      /^pilot:network peerings\.hub\.cidrs\[0\] 10\.20\.0\.0\/20 overlaps with this network \(10\.20\.0\.0\/16\)/,
    ],
    [
      "a peer whose account is a number that lost its leading zero",
      {
        "pilot:network": {
          zones,
          peerings: { hub: { vpcId: "vpc-1", cidrs: ["10.30.0.0/16"], accountId: 10987654321 } },
        },
      },
      /^pilot:network peerings\.hub\.accountId must be /,
    ],
    [
      "a peer with an invalid name",
      { "pilot:network": { zones, peerings: { Hub: { vpcId: "vpc-1", cidrs: ["10.30.0.0/16"] } } } },
      /^pilot:network peerings\.Hub must be a name of lower case letters/,
    ],
    [
      "an invalid id of an existing VPC",
      { "pilot:network": { zones, existing: { vpcId: "shared", subnets: { utility: { ids: ["subnet-1"] } } } } },
      /^pilot:network existing\.vpcId must be the id of a VPC/,
    ],
    [
      "an existing VPC without id or tags",
      { "pilot:network": { zones, existing: { subnets: { utility: { ids: ["subnet-1"] } } } } },
      /^pilot:network existing needs either vpcId or tags/,
    ],
    [
      "an existing VPC and the range of a new one",
      {
        "pilot:network": {
          zones,
          cidr: "10.20.0.0/16",
          existing: { vpcId: "vpc-1", subnets: { utility: { ids: ["subnet-1"] } } },
        },
      },
      /^pilot:network cidr cannot be given together with existing/,
    ],
    [
      "an unknown kind of NAT",
      { "pilot:network": { zones, nat: "two" } },
      /^pilot:network nat must be one of per-zone, single, none/,
    ],
    [
      "an unknown kind of DNS",
      { "pilot:dns": { type: "secret", name: "a.b" } },
      /^pilot:dns type must be one of private, public, existing, none/,
    ],
    [
      "an invalid domain",
      { "pilot:dns": { type: "private", name: "internal" } },
      /^pilot:dns name must be a domain in lower case with at least one dot/,
    ],
    [
      "an existing zone without its visibility",
      { "pilot:dns": { type: "existing", name: "a.b" } },
      /^pilot:dns visibility is missing: must be one of public, private/,
    ],
    ["an invalid role", { "pilot:stateStore": { role: "admin" } }, /^pilot:stateStore role must be the ARN of a role/],
    [
      "an account number that is too short",
      { "pilot:stateStore": { accounts: { "1234": ["*"] } } },
      /^pilot:stateStore accounts\.1234 must be an AWS account in twelve digits/,
    ],
    [
      "an unknown kind of encryption",
      { "pilot:stateStore": { encryption: { type: "none" } } },
      /^pilot:stateStore encryption\.type must be one of s3, kms/,
    ],
    [
      "an unknown word for destroy",
      { "pilot:stateStore": { onDestroy: "delete" } },
      /^pilot:stateStore onDestroy must be one of retain, purge/,
    ],
    [
      "a bucket with a dot",
      { "pilot:stateStore": { discoveryBucket: "a.b.c" } },
      /^pilot:stateStore discoveryBucket must be a bucket name .* without dots/,
    ],
    [
      "a tag that kOps uses",
      { "pilot:tags": { KubernetesCluster: "other" } },
      /^pilot:tags KubernetesCluster is a tag that is not for people to set: kOps finds what belongs to a cluster by it/,
    ],
    [
      "a tag by which controllers choose subnets",
      { "pilot:tags": { "kubernetes.io/role/elb": "1" } },
      /^pilot:tags kubernetes\.io\/role\/elb is a tag that is not for people to set: load balancer controllers choose/,
    ],
    [
      "a tag that IAM uses for the stack",
      { "pilot:tags": { Environment: "prod" } },
      /^pilot:tags Environment differs from environment only by its case: IAM takes both for one tag/,
    ],
    ["tags that are not text", { "pilot:tags": { cost: [12] } }, /^pilot:tags cost must be text, not a list/],
    [
      "overrides that are not a mapping",
      { "pilot:clusterOverrides": ["x"] },
      /^pilot:clusterOverrides {2}must be a mapping, not a list/,
    ],
  ];
  for (const [what, changes, expected] of wrong) {
    it(`with ${what} is refused`, () => {
      const problems = problemsOf(changes);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(expected);
    });
  }

  it("is refused with every problem at once", () => {
    expect(
      problemsOf({ "aws:region": undefined, "pilot:network": { zone: [] }, "pilot:dns": undefined }),
    ).to.have.length(4);
  });
});
