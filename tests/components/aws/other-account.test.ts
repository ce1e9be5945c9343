import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { createEnvironment } from "../../../components/environment/index.ts";
import { ofType, record } from "../mocks.ts";
import { read, root, sandbox } from "../environment/sandbox.ts";

const central = (name: string): string => `arn:aws:iam::999999999999:role/${name}`;
const stackRole = { roleArn: "arn:aws:iam::123456789012:role/deployer", externalId: "ours" };

/** A stack that works in other accounts in all ways that there are. */
const texts = (): Record<string, string> => ({
  ...sandbox(),
  "aws:profile": "team",
  "aws:assumeRoles": JSON.stringify([stackRole]),
  "aws:defaultTags": '{"tags":{"cost-centre":"7","environment":"default"}}',
  "aws:ignoreTags": '{"keyPrefixes":["backup:"]}',
  "aws:maxRetries": "7",
  "aws:useFipsEndpoint": "true",
  "aws:endpoints": '[{"ec2":"https://ec2.example.com"}]',
  "aws:allowedAccountIds": '["123456789012"]',
  "pilot:stateStore": JSON.stringify({ onDestroy: "purge", role: central("store"), externalId: "s1" }),
  "pilot:dns": JSON.stringify({
    type: "public",
    name: "sbx.example.com",
    parent: { zone: "Z0123456789", role: central("dns"), externalId: "d1" },
    delegation: { check: false },
  }),
  "pilot:network": JSON.stringify({
    zones: ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"],
    peerings: {
      shared: {
        vpcId: "vpc-2",
        cidrs: ["10.99.0.0/16"],
        region: "eu-west-1",
        accountId: "999999999999",
        roleArn: central("peer"),
        externalId: "p1",
      },
    },
  }),
});

describe("a stack with aws:* config", () => {
  before(() => {
    pulumi.runtime.setAllConfig(texts());
  });
  after(() => {
    pulumi.runtime.setAllConfig({});
  });
  const run = () =>
    record(async () => await createEnvironment(await read(root, texts()), { read: () => Promise.resolve(undefined) }), {
      lookUps: {
        "aws:s3/getBucketPolicy:getBucketPolicy": () => {
          throw new Error("reading S3 Bucket Policy: couldn't find resource");
        },
      },
      preview: true,
    });

  it("passes all of it to its providers for other accounts, before their own role with its external id", async () => {
    const { resources } = await run();
    const providers = ofType(resources, "pulumi:providers:aws");
    const shared = {
      profile: "team",
      defaultTags: { tags: { "cost-centre": "7", environment: "default" } },
      ignoreTags: { keyPrefixes: ["backup:"] },
      maxRetries: 7,
      useFipsEndpoint: true,
      endpoints: [{ ec2: "https://ec2.example.com" }],
    };
    // A provider's arguments travel as JSON texts.
    const parsed = (value: unknown): unknown => {
      try {
        return JSON.parse(String(value));
      } catch {
        return value;
      }
    };
    const found = Object.fromEntries(
      Object.entries(providers).map(([name, { inputs }]) => [
        name,
        Object.fromEntries(
          Object.entries(inputs).flatMap(([key, value]) => (key.startsWith("skip") ? [] : [[key, parsed(value)]])),
        ),
      ]),
    );
    const of = (region: string, own: object) => ({ region, ...shared, assumeRoles: [stackRole, own] });
    expect(found).to.deep.equal({
      "sbx-store": of("ap-southeast-2", { roleArn: central("store"), sessionName: "pilot-store", externalId: "s1" }),
      "sbx-parent": of("ap-southeast-2", { roleArn: central("dns"), sessionName: "pilot-dns", externalId: "d1" }),
      "sbx-peer-shared": of("eu-west-1", { roleArn: central("peer"), sessionName: "pilot-peering", externalId: "p1" }),
    });
  });

  it("passes its identity and settings to kOps and to the guard of the buckets, and tags all that kOps makes", async () => {
    const { resources } = await run();
    const identity = {
      profile: "team",
      aws: {
        roles: [stackRole],
        endpoints: { ec2: "https://ec2.example.com" },
        maxAttempts: 7,
        useFipsEndpoint: true,
      },
    };
    const cluster = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"]?.inputs;
    expect(cluster).to.deep.include(identity);
    expect((cluster?.["cluster"] as { cloudLabels: unknown }).cloudLabels).to.deep.equal({
      "cost-centre": "7",
      environment: "sbx",
    });
    for (const { inputs } of Object.values(ofType(resources, "pulumi-nodejs:dynamic/store:BucketContents")))
      expect(inputs).to.deep.include({ ...identity, role: central("store"), externalId: "s1" });
  });
});
