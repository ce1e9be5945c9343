import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  clusterOf,
  environmentOf,
  fullStackName,
  readCluster,
  readEnvironmentOutput,
  serviceAccountTrust,
  type ClusterReference,
} from "../../../components/reference/index.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { rejection } from "../../local/rejection.ts";
import { record, valueOf } from "../mocks.ts";

const k1: ClusterReference = {
  version: 1,
  name: "k1.sbx.pilot.internal",
  region: "ap-southeast-2",
  accountId: "123456789012",
  endpoint: "https://api.k1.sbx.pilot.internal",
  certificateAuthority: "-----BEGIN CERTIFICATE-----\n",
  kubeconfig: "apiVersion: v1\n",
  breakGlassKubeconfig: "apiVersion: v1\n",
  kubernetesVersion: "1.34.3",
  oidc: {
    issuer: "https://oidc.s3.ap-southeast-2.amazonaws.com/k1.sbx.pilot.internal",
    discoveryUrl: "https://oidc.s3.ap-southeast-2.amazonaws.com/k1.sbx.pilot.internal/.well-known/openid-configuration",
    providerArn: "arn:aws:iam::123456789012:oidc-provider/oidc.s3.ap-southeast-2.amazonaws.com/k1.sbx.pilot.internal",
    audience: "amazonaws.com",
  },
  network: {
    vpcId: "vpc-1",
    vpcCidr: "10.20.0.0/16",
    subnets: [{ id: "subnet-1", zone: "ap-southeast-2a", type: "Private", cidr: "10.20.0.0/19" }],
    zones: ["ap-southeast-2a"],
  },
  roles: { controlPlane: "masters.k1.sbx.pilot.internal", nodes: "nodes.k1.sbx.pilot.internal" },
  instanceProfiles: { nodes: "nodes.k1.sbx.pilot.internal" },
  autoScalingGroups: { nodes: "nodes.k1.sbx.pilot.internal" },
  securityGroups: { "nodes.k1.sbx.pilot.internal": "sg-1" },
  loadBalancer: { name: "api-k1" },
  etcdVolumes: { "a.etcd-main.k1.sbx.pilot.internal": "vol-1" },
  conditions: [],
};

const stack = "organization/pilot/sbx";
const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
};

/** A stack reference whose stack has these outputs. */
const referring = <T>(outputs: Record<string, unknown>, program: () => T | Promise<T>) =>
  record(program, { states: { "pulumi:pulumi:StackReference": { outputs, secretOutputNames: [] } } });

describe("a reference to another stack's cluster", () => {
  it("is read by name, and matches the documentation", () => {
    expect(readCluster({ k1: { ...k1, later: "x" } }, "k1", stack)).to.deep.equal(k1);
  });

  it("works on a stack reference", async () => {
    const { result } = await referring({ clusters: { k1 } }, () =>
      valueOf(clusterOf(new pulumi.StackReference(stack), "k1")),
    );
    expect(result).to.deep.equal(k1);
  });

  const wrong: [string, unknown, RegExp][] = [
    [
      "no clusters at all",
      undefined,
      /^The stack organization\/pilot\/sbx has no cluster k1\.\n.*it has no clusters\./,
    ],
    ["an unknown cluster", { k2: k1, other: k1 }, /has no cluster k1\.\n.*it has k2, other; did you mean k2\?/],
    [
      "a cluster that an older program wrote",
      { k1: { name: "k1" } },
      /The output clusters\.k1 of the stack organization\/pilot\/sbx cannot be used\.\n.*it has no version.*\n.*pulumi up --stack/,
    ],
    [
      "a cluster of a later version",
      { k1: { ...k1, version: 2 } },
      /it has version 2, but this program reads version 1\.\n.*update this program/,
    ],
    [
      "a cluster with parts missing",
      { k1: { ...k1, endpoint: undefined, network: { ...k1.network, vpcId: 7 } } },
      /endpoint: is missing: must be text\n *network\.vpcId: must be text, not number 7/,
    ],
  ];
  for (const [what, clusters, expected] of wrong) {
    it(`with ${what} is refused with what exists and the next step`, () => {
      expect(refusal(() => readCluster(clusters, "k1", stack))).to.match(expected);
    });
  }
});

describe("a reference to an environment", () => {
  const environment = {
    version: 1,
    name: "sbx",
    region: "ap-southeast-2",
    accountId: "123456789012",
    tags: {},
    network: {
      vpcId: "vpc-1",
      vpcCidr: "10.20.0.0/16",
      zones: [{ zone: "ap-southeast-2a", utilitySubnetId: "subnet-2", utilityCidr: "10.20.96.0/22" }],
    },
    dns: { topology: "None", zoneName: "sbx.pilot.internal" },
    stateStore: { stateStore: "s3://state", discoveryBucket: "oidc" },
  };

  it("is read from the given stack, completed with organisation and project", async () => {
    const { result } = await referring({ environment }, () =>
      environmentOf("sbx", { organization: "acme", project: "pilot" }),
    );
    expect(result).to.deep.equal(environment);
    expect(["sbx", "pilot/sbx", "other/pilot/sbx"].map((name) => fullStackName(name, "acme", "pilot"))).to.deep.equal([
      "acme/pilot/sbx",
      "acme/pilot/sbx",
      "other/pilot/sbx",
    ]);
  });

  it("is refused if the stack has no environment, or was never brought up", async () => {
    const { result } = await referring({}, () =>
      rejection(environmentOf("sbx", { organization: "acme", project: "pilot" })),
    );
    expect(result).to.be.instanceOf(ConfigError);
    expect(result.message).to.match(
      /The stack acme\/pilot\/sbx is not an environment\.\n.*it has no output `environment`\n.*pulumi up --stack acme\/pilot\/sbx/,
    );
    expect(
      refusal(() => readEnvironmentOutput({ ...environment, network: { ...environment.network, zones: [] } }, "sbx")),
    ).to.match(/network\.zones: /);
  });
});

describe("the trust policy for a service account", () => {
  it("admits only that account of that cluster, with tokens for AWS", () => {
    const issuer = "oidc.s3.ap-southeast-2.amazonaws.com/k1.sbx.pilot.internal";
    expect(serviceAccountTrust(k1, { namespace: "shop", name: "api" })).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { [`${issuer}:sub`]: "system:serviceaccount:shop:api", [`${issuer}:aud`]: "amazonaws.com" },
          },
        },
      ],
    });
  });

  it("is refused if AWS could not check the tokens, and for names with wildcards", () => {
    expect(refusal(() => serviceAccountTrust({ name: k1.name }, { namespace: "shop", name: "api" }))).to.contain(
      "it publishes no OIDC discovery documents",
    );
    expect(refusal(() => serviceAccountTrust(k1, { namespace: "*", name: "api" }))).to.contain(
      "is not the name of a namespace",
    );
  });
});
