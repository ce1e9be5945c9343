import { expect } from "chai";
import {
  breakGlassPolicy,
  operatorPolicy,
  pipelinePolicy,
  type Policy,
} from "../../../components/state-store/policies.ts";

const use = { buckets: { state: "the-state", discovery: "the-oidc" }, partition: "aws" };
const list = (value: string | string[]): string[] => (Array.isArray(value) ? value : [value]);

/** IAM's matching: `*` is any text including slashes, `?` is one character. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(text);

const allows = (policy: Policy, action: string, resource: string): boolean =>
  policy.Statement.some(
    (statement) =>
      statement.Effect === "Allow" &&
      list(statement.Action).some((one) => matches(one, action)) &&
      list(statement.Resource).some((one) => matches(one, `arn:aws:s3:::${resource}`)),
  );

const c = "k1.sbx.example.com";
const deleted = `_pilot/${c}/archive/2026-11-21T10-00-00-000Z/objects/${c}`;
const manifests = [
  `${c}/config`,
  `${c}/instancegroup/nodes`,
  `${c}/kops-version.txt`,
  `_pilot/${c}/journal.json`,
  `_pilot/${c}/lock.json`,
  `_pilot/${c}/archive/2026-11-21T10-00-00-000Z.yaml`,
  `${deleted}/config`,
];
const caKey = `${c}/pki/private/kubernetes-ca/keyset.yaml`;
const secretThings = [
  caKey,
  `${c}/pki/private/service-account/keyset.yaml`,
  `${c}/secrets/dockerconfig`,
  `${c}/backups/etcd/main/2026/etcd.backup.gz`,
  `${deleted}/${caKey}`,
  `${deleted}/pki/private/etcd-manager-ca-main/keyset.yaml`,
  `${deleted}/secrets/admin`,
];

describe("policies for users of the store", () => {
  it("let an operator read manifests and notes, but no key, secret or backup, even of deleted clusters", () => {
    const policy = operatorPolicy(use);
    for (const key of manifests) expect(allows(policy, "s3:GetObject", `the-state/${key}`), key).to.equal(true);
    for (const key of secretThings) expect(allows(policy, "s3:GetObject", `the-state/${key}`), key).to.equal(false);
    for (const key of manifests) expect(allows(policy, "s3:PutObject", `the-state/${key}`), key).to.equal(false);
  });

  it("let a break-glass user read the CA's key, and write nothing", () => {
    const policy = breakGlassPolicy(use);
    expect(allows(policy, "s3:GetObject", `the-state/${caKey}`)).to.equal(true);
    for (const key of secretThings.slice(1, 4))
      expect(allows(policy, "s3:GetObject", `the-state/${key}`), key).to.equal(false);
    expect(allows(policy, "s3:PutObject", `the-state/${c}/config`)).to.equal(false);
  });

  it("let a pipeline change all state objects and only discovery documents, but no bucket", () => {
    const policy = pipelinePolicy(use);
    for (const key of [...manifests, ...secretThings])
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
        expect(allows(policy, action, `the-state/${key}`), key).to.equal(true);
    expect(allows(policy, "s3:PutObject", `the-oidc/${c}/openid/v1/jwks`)).to.equal(true);
    expect(allows(policy, "s3:PutObject", `the-oidc/${c}/anything`)).to.equal(false);
    for (const action of ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration"])
      expect(allows(policy, action, "the-state"), action).to.equal(false);
  });

  it("include the key of an encrypted store for the same actions", () => {
    const keyArn = "arn:aws:kms:ap-southeast-2:123456789012:key/one";
    const actions = (policy: Policy): unknown => policy.Statement.find(({ Resource }) => Resource === keyArn)?.Action;
    expect(actions(pipelinePolicy({ ...use, keyArn }))).to.deep.equal([
      "kms:Decrypt",
      "kms:GenerateDataKey*",
      "kms:DescribeKey",
    ]);
    expect(actions(operatorPolicy({ ...use, keyArn }))).to.deep.equal(["kms:Decrypt"]);
    expect(actions(operatorPolicy(use))).to.equal(undefined);
  });
});
