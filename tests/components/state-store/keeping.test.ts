import { expect } from "chai";
import { statePolicy } from "../../../components/state-store/policies.ts";
import { replicationPolicy } from "../../../components/state-store/replica-policies.ts";
import { stateStoreRequest } from "../../../components/state-store/index.ts";
import { s3, statements, store } from "./stores.ts";

const replica = { bucket: "the-copy", region: "eu-west-1", accountId: "123456789012" };

describe("a state store whose versions are kept", () => {
  it("copies every version and delete marker to a private, versioned bucket in another region", async () => {
    const { resources } = await store({ replica });
    const rules = s3(resources, "BucketReplicationConfig")["env-replica"]?.inputs["rules"] as object[];
    expect(rules).to.have.length(1);
    expect(rules[0]).to.deep.include({
      status: "Enabled",
      filter: { prefix: "" },
      deleteMarkerReplication: { status: "Enabled" },
    });
    expect(s3(resources, "BucketVersioning")["env-replica"]?.inputs["versioningConfiguration"]).to.deep.equal({
      status: "Enabled",
    });
    expect(s3(resources, "BucketPublicAccessBlock")["env-replica"]?.inputs).to.include({
      blockPublicAcls: true,
      restrictPublicBuckets: true,
    });
    const policy = s3(resources, "BucketPolicy")["env-replica"];
    expect(statements(policy).map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly", "Replicate"]);
    // By this id a stack whose state is lost finds it again.
    expect(String(policy?.inputs["policy"])).to.contain('"Id":"pilot pilot/sbx"');
  });

  it("begins to copy only when both buckets have versions, and the role its rights", async () => {
    const { resources } = await store({ replica, objectLock: { mode: "governance", days: 1 } });
    expect(s3(resources, "BucketReplicationConfig")["env-replica"]?.dependencies).to.include.members([
      "aws:s3/bucketVersioning:BucketVersioning::env-state",
      "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration::env-state",
      "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration::env-replica",
      "aws:s3/bucketVersioning:BucketVersioning::env-replica",
      "aws:s3/bucketPolicy:BucketPolicy::env-replica",
      "aws:iam/rolePolicy:RolePolicy::env-replica",
    ]);
  });

  it("keeps the copy when all else is destroyed, and ends only what would copy to it", async () => {
    const made = (await store({ replica })).resources.filter(({ name }) => name === "env-replica");
    const ended = made.filter(({ retainOnDelete }) => !retainOnDelete).map(({ type }) => type);
    expect(ended).to.have.members([
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    ]);
  });

  it("encrypts the copy with a key in its region if the store has one, made or given", async () => {
    for (const keyArn of [undefined, "arn:aws:kms:eu-west-1:123456789012:key/given"]) {
      const { resources } = await store({ encryption: { type: "kms" }, replica: { ...replica, keyArn } });
      const keys = resources.filter(({ type, name }) => type === "aws:kms/key:Key" && name === "env-replica");
      expect(keys).to.have.length(keyArn === undefined ? 1 : 0);
      const rules = s3(resources, "BucketReplicationConfig")["env-replica"]?.inputs["rules"] as object[];
      expect(rules[0]).to.deep.include({ sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } } });
      expect(JSON.stringify(rules)).to.contain("replicaKmsKeyId");
    }
  });

  it("lets the replication read versions here and write copies there, and nothing else", () => {
    const { Statement } = replicationPolicy({ from: "arn:aws:s3:::a", to: "arn:aws:s3:::b" });
    expect(Statement.map(({ Sid, Resource }) => `${Sid} ${String(Resource)}`)).to.deep.equal([
      "Source arn:aws:s3:::a",
      "Versions arn:aws:s3:::a/*",
      "Copies arn:aws:s3:::b/*",
    ]);
    expect(JSON.stringify(Statement)).to.not.match(/PutObject|DeleteObject|s3:\*/);
  });

  it("locks new versions of state for days, never the public documents", async () => {
    const { resources } = await store({ objectLock: { mode: "compliance", days: 30 } });
    const locks = s3(resources, "BucketObjectLockConfiguration");
    expect(Object.keys(locks)).to.deep.equal(["env-state"]);
    expect(locks["env-state"]?.inputs["rule"]).to.deep.equal({ defaultRetention: { mode: "COMPLIANCE", days: 30 } });
    expect(locks["env-state"]?.retainOnDelete).to.equal(false);
  });

  it("denies all but the named principals to end versions or the bucket; nodes may remove etcd backups", () => {
    const role = "arn:aws:iam::123456789012:role/break-glass";
    const policyOf = (versionsDeletableBy?: string[]) =>
      statePolicy({ id: "id", bucketArn: "arn:aws:s3:::b", partition: "aws", versionsDeletableBy }).Statement.slice(1);
    expect(policyOf()).to.deep.equal([]);
    const Condition = { ArnNotLike: { "aws:PrincipalArn": [role] } };
    expect(policyOf([role])).to.deep.equal([
      {
        Sid: "KeepVersions",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:DeleteObjectVersion",
        NotResource: "arn:aws:s3:::b/*/backups/etcd/*",
        Condition,
      },
      {
        Sid: "KeepBucket",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"],
        Resource: "arn:aws:s3:::b",
        Condition,
      },
    ]);
    for (const statement of policyOf([])) expect(statement, "nobody").to.not.have.property("Condition");
  });

  it("sets a policy that denies changes of versioning and lifecycle after both", async () => {
    const { resources } = await store({ replica, versionsDeletableBy: [] });
    for (const name of ["env-state", "env-replica"])
      expect(s3(resources, "BucketPolicy")[name]?.dependencies, name).to.include.members([
        `aws:s3/bucketVersioning:BucketVersioning::${name}`,
        `aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration::${name}`,
      ]);
  });

  it("cannot be one that a destroy purges", () => {
    for (const [key, value] of Object.entries({
      replica: {},
      objectLock: { mode: "governance", days: 1 },
      versionsDeletableBy: [],
    })) {
      expect(stateStoreRequest.safeParse({ [key]: value }).success, key).to.equal(true);
      const { error } = stateStoreRequest.safeParse({ onDestroy: "purge", [key]: value });
      expect(error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`)).to.deep.equal([
        `${key} keeps versions that \`onDestroy: purge\` would delete: remove it first, or set retain`,
      ]);
    }
  });
});
