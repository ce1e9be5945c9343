import { expect } from "chai";
import { defaultBucketNames, longestBucketName, StateStore, type StateStoreArgs } from "../../../components/state-store/index.ts";
import { ofType, record, type Registered } from "../mocks.ts";

const store = (args: Partial<StateStoreArgs> = {}) =>
  record(() => new StateStore("env", { buckets: { state: "the-state", discovery: "the-oidc" }, tags: { environment: "sbx" }, ...args }));

const s3 = (resources: readonly Registered[], kind: string) => ofType(resources, `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`);

interface Statement {
  Effect: string;
  Action: string;
  Resource: string[];
  Condition?: unknown;
}
const statements = (resource: Registered | undefined) => (JSON.parse(String(resource?.inputs["policy"])) as { Statement: Statement[] }).Statement;

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
  it("makes two buckets with the same seven pieces each, all its own children", async () => {
    const { resources } = await store();
    expect(resources).to.have.length(1 + 2 * kinds.length);
    for (const kind of kinds) {
      const pieces = s3(resources, kind);
      expect(Object.keys(pieces), kind).to.have.members(["env-state", "env-discovery"]);
      for (const piece of Object.values(pieces)) expect(piece.parent, kind).to.equal("pilot:store:StateStore::env");
    }
  });

  it("versions and encrypts both", async () => {
    const { resources } = await store();
    for (const { inputs } of Object.values(s3(resources, "BucketVersioning"))) expect(inputs["versioningConfiguration"]).to.deep.equal({ status: "Enabled" });
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

  it("lets the public read the discovery documents and nothing else", async () => {
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
    expect(blocks["env-state"]?.inputs).to.include({ blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true });
    expect(blocks["env-discovery"]?.inputs).to.include({ blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: false, restrictPublicBuckets: false });
  });

  it("sets the policy after the block is lifted, and rules about versions after versioning", async () => {
    const { resources } = await store();
    for (const [name, policy] of Object.entries(s3(resources, "BucketPolicy"))) {
      expect(policy.dependencies).to.include(`aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::${name}`);
    }
    for (const [name, lifecycle] of Object.entries(s3(resources, "BucketLifecycleConfiguration"))) {
      expect(lifecycle.dependencies).to.include(`aws:s3/bucketVersioning:BucketVersioning::${name}`);
    }
  });

  it("lets only old versions and unfinished uploads expire", async () => {
    const { resources } = await store({ keepOldVersionsDays: 30 });
    for (const { inputs } of Object.values(s3(resources, "BucketLifecycleConfiguration"))) {
      expect(inputs["rules"]).to.deep.equal([
        { id: "old-versions", status: "Enabled", filter: {}, noncurrentVersionExpiration: { noncurrentDays: 30 } },
        { id: "unfinished-uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
      ]);
    }
  });

  it("keeps buckets and all their settings on destroy, unless told to purge", async () => {
    const kept = (await store()).resources.filter(({ type }) => type.startsWith("aws:"));
    for (const { name, type, retainOnDelete } of kept) expect(retainOnDelete, `${type} ${name}`).to.be.true;
    for (const { inputs } of Object.values(s3(kept, "Bucket"))) expect(inputs["forceDestroy"]).to.be.false;
  });

  it("purges every version when told to", async () => {
    const purged = (await store({ onDestroy: "purge" })).resources.filter(({ type }) => type.startsWith("aws:"));
    for (const { name, retainOnDelete } of purged) expect(retainOnDelete, name).to.be.false;
    for (const { inputs } of Object.values(s3(purged, "Bucket"))) expect(inputs["forceDestroy"]).to.be.true;
  });
});

describe("default bucket names", () => {
  const owner = { project: "pilot", stack: "sbx", accountId: "123456789012", region: "ap-southeast-2" };

  it("are computed from who owns them", () => {
    expect(defaultBucketNames(owner)).to.deep.equal({
      state: "pilot-sbx-state-123456789012-ap-southeast-2",
      discovery: "pilot-sbx-oidc-123456789012-ap-southeast-2",
    });
  });

  it("are names S3 takes, without dots, whatever the stack is called", () => {
    const { state } = defaultBucketNames({ ...owner, stack: "Team_A.dev" });
    expect(state).to.match(/^[a-z0-9-]+$/);
    expect(state.length).to.be.at.most(longestBucketName);
  });
});
