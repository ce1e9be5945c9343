import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  createStateStore,
  defaultBucketNames,
  longestBucketName,
  StateStore,
  stateStoreRequest,
} from "../../../components/state-store/index.ts";
import { accountId, ofType, record, type MockSettings } from "../mocks.ts";
import { s3, statements, store } from "./stores.ts";

const kinds = [
  "Bucket",
  "BucketVersioning",
  "BucketServerSideEncryptionConfiguration",
  "BucketOwnershipControls",
  "BucketPublicAccessBlock",
  "BucketPolicy",
  "BucketLifecycleConfiguration",
];

describe("StateStore", () => {
  it("creates two buckets with the same seven pieces each, all as its own children", async () => {
    const { resources } = await store();
    // Each bucket also has a resource that deletes its contents.
    expect(resources).to.have.length(1 + 2 * (kinds.length + 1));
    for (const kind of kinds) {
      const pieces = s3(resources, kind);
      expect(Object.keys(pieces), kind).to.have.members(["env-state", "env-discovery"]);
      for (const piece of Object.values(pieces)) expect(piece.parent, kind).to.equal("pilot:store:StateStore::env");
    }
  });

  it("versions and encrypts both", async () => {
    const { resources } = await store();
    for (const { inputs } of Object.values(s3(resources, "BucketVersioning")))
      expect(inputs["versioningConfiguration"]).to.deep.equal({ status: "Enabled" });
    for (const { inputs } of Object.values(s3(resources, "BucketServerSideEncryptionConfiguration"))) {
      expect(inputs["rules"]).to.deep.equal([{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }]);
    }
  });

  it("refuses anything but TLS on both", async () => {
    const { resources } = await store();
    for (const [name, policy] of Object.entries(s3(resources, "BucketPolicy"))) {
      const bucket = name === "env-state" ? "the-state" : "the-oidc";
      const deny = statements(policy).filter(({ Effect }) => Effect === "Deny");
      expect(deny).to.have.length(1);
      expect(deny[0]).to.deep.include({
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      });
    }
  });

  it("lets the public read the discovery documents only", async () => {
    const { resources } = await store();
    const policies = s3(resources, "BucketPolicy");
    const allow = (name: string) => statements(policies[name]).filter(({ Effect }) => Effect === "Allow");
    expect(allow("env-state")).to.be.empty;
    expect(allow("env-discovery")).to.have.length(1);
    expect(allow("env-discovery")[0]).to.deep.include({
      Action: "s3:GetObject",
      Resource: ["arn:aws:s3:::the-oidc/*/.well-known/openid-configuration", "arn:aws:s3:::the-oidc/*/openid/v1/jwks"],
    });
    const blocks = s3(resources, "BucketPublicAccessBlock");
    expect(blocks["env-state"]?.inputs).to.include({
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: true,
      restrictPublicBuckets: true,
    });
    expect(blocks["env-discovery"]?.inputs).to.include({
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    });
  });

  it("sets the policy after lifting the block, and lifecycle rules after versioning", async () => {
    const { resources } = await store();
    for (const [name, policy] of Object.entries(s3(resources, "BucketPolicy"))) {
      expect(policy.dependencies).to.include(`aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::${name}`);
    }
    for (const [name, lifecycle] of Object.entries(s3(resources, "BucketLifecycleConfiguration"))) {
      expect(lifecycle.dependencies).to.include(`aws:s3/bucketVersioning:BucketVersioning::${name}`);
    }
  });

  it("expires only old versions and unfinished uploads", async () => {
    const { resources } = await store({ keepOldVersionsDays: 30 });
    for (const { inputs } of Object.values(s3(resources, "BucketLifecycleConfiguration"))) {
      expect(inputs["rules"]).to.deep.equal([
        { id: "old-versions", status: "Enabled", filter: {}, noncurrentVersionExpiration: { noncurrentDays: 30 } },
        {
          id: "unfinished-uploads",
          status: "Enabled",
          filter: {},
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ]);
    }
  });

  it("keeps buckets and all their settings on destroy, unless destroy is purge", async () => {
    for (const onDestroy of ["retain", "purge"] as const) {
      const made = (await store({ onDestroy })).resources.filter(({ type }) => type.startsWith("aws:"));
      for (const { name, type, retainOnDelete } of made)
        expect(retainOnDelete, `${onDestroy}: ${type} ${name}`).to.equal(onDestroy === "retain");
    }
  });

  it("never has the AWS plugin empty a bucket; S3 refuses to delete one that is not empty", async () => {
    for (const onDestroy of ["retain", "purge"] as const) {
      const buckets = s3((await store({ onDestroy, accessLogs: {} })).resources, "Bucket");
      for (const name of ["env-state", "env-discovery"]) expect(buckets[name]?.inputs["forceDestroy"]).to.be.false;
      // The logs contain nothing of a cluster.
      expect(buckets["env-logs"]?.inputs["forceDestroy"]).to.equal(onDestroy === "purge");
    }
  });

  it("deletes each bucket's contents through its own resource, before bucket and key, as configured", async () => {
    const ends = async (more: Parameters<typeof store>[0]) =>
      ofType((await store(more)).resources, "pulumi-nodejs:dynamic/store:BucketContents");
    const purged = await ends({ onDestroy: "purge", encryption: { type: "kms" }, accessLogs: {} });
    expect(
      Object.values(purged).map(({ inputs: { bucket, kind, stateBucket, onDestroy } }) => [
        bucket,
        kind,
        stateBucket,
        onDestroy,
      ]),
    ).to.have.deep.members([
      ["the-state", "state", "the-state", "purge"],
      ["the-oidc", "discovery", "the-state", "purge"],
    ]);
    expect(purged["env-state"]?.dependencies).to.include.members([
      "aws:kms/key:Key::env-state",
      "aws:s3/bucketLogging:BucketLogging::env-state",
    ]);
    for (const kind of kinds) {
      for (const name of ["env-state", "env-discovery"])
        expect(purged[name]?.dependencies).to.include(
          `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}::${name}`,
        );
    }
    for (const { inputs, retainOnDelete } of Object.values(await ends({}))) {
      expect(inputs["onDestroy"]).to.equal("retain");
      // A change back must reach the resource, so Pulumi must not drop it from the state.
      expect(retainOnDelete).to.be.false;
    }
  });

  it("checks for existing clusters before network and zone are deleted", async () => {
    const { resources } = await record(() => {
      const network = new pulumi.ComponentResource("test:Network", "network");
      return new StateStore("env", {
        buckets: { state: "the-state", discovery: "the-oidc", logs: "the-logs" },
        region: "ap-southeast-2",
        accountId,
        policyId: "pilot pilot/sbx",
        environment: { vpcId: "vpc-1", zoneId: "Z1", resources: [network] },
      });
    });
    const end = ofType(resources, "pulumi-nodejs:dynamic/store:BucketContents")["env"];
    expect(end?.inputs).to.deep.include({ kind: "environment", bucket: "the-state", vpcId: "vpc-1", zoneId: "Z1" });
    expect(end?.dependencies).to.include.members([
      "pulumi-nodejs:dynamic/store:BucketContents::env-state",
      "pulumi-nodejs:dynamic/store:BucketContents::env-discovery",
    ]);
  });
});

const role = "arn:aws:iam::999999999999:role/store";

const created = (request: Record<string, unknown> = {}, lookUps: NonNullable<MockSettings["lookUps"]> = {}) =>
  record(
    () =>
      createStateStore("env", {
        request: stateStoreRequest.parse(request),
        project: "pilot",
        stack: "sbx",
        region: "ap-southeast-2",
        accountId,
        tags: {},
      }),
    { lookUps },
  );

describe("createStateStore", () => {
  const policies = (ids: Record<string, string>): NonNullable<MockSettings["lookUps"]> => ({
    "aws:s3/getBucketPolicy:getBucketPolicy": ({ bucket }) => {
      const id = ids[String(bucket)];
      if (id === undefined) throw new Error(`reading S3 Bucket (${String(bucket)}) Policy: couldn't find resource`);
      return { policy: JSON.stringify({ Version: "2012-10-17", Id: id, Statement: [] }) };
    },
  });

  it("adopts a bucket whose policy names this stack, and no other stack's", async () => {
    const found = {
      "pilot-sbx-state-123456789012-ap-southeast-2": "pilot pilot/sbx",
      "pilot-sbx-oidc-123456789012-ap-southeast-2": "pilot pilot/prod",
    };
    const { resources } = await created({}, policies(found));
    expect(Object.values(s3(resources, "Bucket")).map(({ importId }) => importId)).to.deep.equal([
      "pilot-sbx-state-123456789012-ap-southeast-2",
      "",
    ]);
  });

  it("fails if it cannot check for a bucket, and does not treat it as missing", async () => {
    const denied = {
      "aws:s3/getBucketPolicy:getBucketPolicy": () => {
        throw new Error("AccessDenied");
      },
    };
    const failed = await created({}, denied).then(
      () => "it went on",
      (error: unknown) => (error as Error).message,
    );
    expect(failed).to.contain("Cannot check whether the bucket").and.to.contain("AccessDenied");
  });

  it("creates the store in a central account with a role, and admits the clusters' account", async () => {
    const { resources } = await created({ role });
    const provider = ofType(resources, "pulumi:providers:aws")["env-store"];
    expect(provider?.inputs["assumeRoles"]).to.equal(JSON.stringify([{ roleArn: role, sessionName: "pilot-store" }]));
    const buckets = s3(resources, "Bucket");
    expect(buckets["env-state"]?.inputs["bucket"]).to.equal("pilot-sbx-state-999999999999-ap-southeast-2");
    for (const one of resources.filter(({ type }) => type.startsWith("aws:s3/")))
      expect(one.provider, one.type).to.equal("env-store");
    expect(statements(s3(resources, "BucketPolicy")["env-state"]).map(({ Sid }) => Sid)).to.deep.equal([
      "TlsOnly",
      `Bucket${accountId}`,
      `List${accountId}`,
      `Objects${accountId}`,
      `Backups${accountId}`,
    ]);
  });

  it("creates managed policies in the clusters' account on request, else only their text", async () => {
    expect(ofType((await created()).resources, "aws:iam/policy:Policy")).to.deep.equal({});
    const made = ofType((await created({ role, managedPolicies: true })).resources, "aws:iam/policy:Policy");
    expect(Object.keys(made)).to.deep.equal(["env-pipeline", "env-operators", "env-breakGlass"]);
    for (const { provider } of Object.values(made)) expect(provider).to.equal("");
  });
});

describe("default bucket names", () => {
  const owner = { project: "pilot", stack: "sbx", accountId: "123456789012", region: "ap-southeast-2" };

  it("are computed from their owner", () => {
    expect(defaultBucketNames(owner)).to.deep.equal({
      state: "pilot-sbx-state-123456789012-ap-southeast-2",
      discovery: "pilot-sbx-oidc-123456789012-ap-southeast-2",
      logs: "pilot-sbx-logs-123456789012-ap-southeast-2",
    });
  });

  it("are valid in S3, without dots, for every stack name", () => {
    const { state } = defaultBucketNames({ ...owner, stack: "Team_A.dev" });
    expect(state).to.match(/^[a-z0-9-]+$/);
    expect(state.length).to.be.at.most(longestBucketName);
  });
});
