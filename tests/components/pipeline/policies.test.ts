import { globSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { fill, mostCharacters, sizeOf, type PolicyValues } from "../../../components/pipeline/fill.ts";
import type { Policy } from "../../../components/state-store/policies.ts";
import {
  policiesOf,
  policyNames,
  readPolicy,
  rolePolicies,
  type PolicyName,
  type RoleName,
} from "../../../components/pipeline/roles.ts";
import { actionsOf, allows, matches, overlap } from "./matching.ts";

/** What AWS says about an action: see `source` in the file. */
interface Facts {
  source: string;
  actions: Record<string, { resources: string[]; conditions: string[] }>;
}

interface Needed {
  /** By role and action, where a story needed it. */
  recorded: Record<string, Record<string, string[]>>;
  /** Why actions are needed though no recorded story shows it. */
  unrecorded: { why: string; actions: string[] }[];
}

const read = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(import.meta.dirname, name), "utf8")) as T;

const values: PolicyValues = {
  partition: "aws",
  ...{ region: "ap-southeast-2", regions: ["ap-southeast-2", "eu-west-1"] },
  account: "123456789012",
  stack: "sbx",
  path: "/pilot/",
  stateBucket: "pilot-sbx-state-123456789012-ap-southeast-2",
  discoveryBucket: "pilot-sbx-oidc-123456789012-ap-southeast-2",
  logBucket: "pilot-sbx-logs-123456789012-ap-southeast-2",
  replicaBucket: "pilot-sbx-replica-123456789012-eu-west-1",
  storeRegions: ["ap-southeast-2", "eu-west-1"],
  issuer: "*.cloudfront.net",
  clusters: ["*.sbx.pilot.internal"],
  records: ["sbx.pilot.internal", "*.sbx.pilot.internal"],
  pulumiBucket: "state-of-pulumi",
  secretsKey: "arn:aws:kms:ap-southeast-2:123456789012:key/1",
  storeKey: "arn:aws:kms:ap-southeast-2:123456789012:key/2",
  nodeBoundary: "arn:aws:iam::123456789012:policy/nodes",
  otherAccounts: ["arn:aws:iam::999999999999:role/store"],
};
const roles = Object.keys(rolePolicies) as RoleName[];
const root = join(import.meta.dirname, "..", "..", "..");

describe("the policies of the pipeline's roles", () => {
  it("have actions, resources and conditions that AWS knows for each of their actions", async () => {
    const { actions } = await read<Facts>("authorization-reference.json");
    const wrong: string[] = [];
    for (const name of policyNames.filter((one) => one !== "boundary")) {
      for (const { Sid, Action, Resource, Condition } of fill(readPolicy(name), values).Statement) {
        for (const action of [Action].flat()) {
          const facts = Object.entries(actions)
            .filter(([one]) => matches(action, one))
            .map(([, one]) => one);
          if (facts.length === 0) wrong.push(`${name} ${Sid}: ${action} does not exist`);
          const limited = [Resource].flat().filter((one) => one !== "*");
          const kinds = facts.flatMap(({ resources }) => resources);
          const fitting = limited.some((one) => kinds.some((kind) => overlap(one, kind)));
          if (limited.length > 0 && !fitting)
            wrong.push(`${name} ${Sid}: ${action} cannot be limited to ${limited[0]}`);
          for (const key of Object.values(Condition ?? {}).flatMap((keys) => Object.keys(keys))) {
            const known = key.replace(/Tag\/.*$/, "Tag/${TagKey}");
            if (key !== "aws:RequestedRegion" && !facts.every(({ conditions }) => conditions.includes(known)))
              wrong.push(`${name} ${Sid}: ${action} does not know ${key}`);
          }
        }
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it("are smaller than a managed policy may be, with long names too, and as few as a role may have", () => {
    const long = "c".repeat(60);
    const longest = {
      ...values,
      clusters: [`*.${long}.example.com`],
      records: [`*.${long}.example.com`, `${long}.example.com`],
    };
    for (const name of policyNames)
      expect(sizeOf(fill(readPolicy(name), longest)), name).to.be.at.most(mostCharacters.managed);
    // "IAM and AWS STS quotas": managed policies attached to a role, 10 unless raised.
    for (const role of roles) expect(Object.keys(policiesOf(role, values)).length, role).to.be.at.most(10);
  });

  it("give a preview and a destroy plan no action that changes anything in their account", () => {
    for (const role of ["preview", "destroy-plan"] as const) {
      const actions = Object.values(policiesOf(role, values)).flatMap(actionsOf);
      expect(actions.filter((action) => !/:(Describe|Get|List)[A-Za-z]+$/.test(action))).to.deep.equal([
        "kms:Decrypt",
        "kms:Decrypt",
        "sts:AssumeRole",
      ]);
    }
  });

  // A bucket policy, or a policy that somebody attaches later, may allow everything.
  const everything: Policy = {
    Version: "2012-10-17",
    Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }],
  };
  const deniedToUp = (action: string, resource: string): void => {
    for (const role of ["up", "up-clusters"] as const) {
      const policies = [...Object.values(policiesOf(role, values)), everything];
      expect(allows(policies, action, resource), `${role}: ${action} on ${resource}`).to.equal(false);
    }
  };

  it("deny an up every change of the pipeline's own roles and policies, also without the boundary made here", () => {
    for (const action of ["PutRolePolicy", "UpdateAssumeRolePolicy", "PassRole", "DeleteRolePermissionsBoundary"])
      deniedToUp(`iam:${action}`, `arn:aws:iam::${values.account}:role${values.path}pilot-sbx-up`);
    deniedToUp("iam:CreatePolicyVersion", `arn:aws:iam::${values.account}:policy${values.path}pilot-sbx-guard`);
    const up = Object.values(policiesOf("up", values));
    expect(allows(up, "iam:GetRole", `arn:aws:iam::${values.account}:role${values.path}pilot-sbx-up`)).to.equal(true);
  });

  it("deny an up to delete versions of the store's objects, its buckets or keys, or to suspend what keeps them", () => {
    for (const bucket of [values.stateBucket, values.discoveryBucket, values.pulumiBucket]) {
      for (const action of ["DeleteObjectVersion", "BypassGovernanceRetention", "PutObjectRetention"])
        deniedToUp(
          `s3:${action}`,
          `arn:aws:s3:::${bucket}/k1.sbx.pilot.internal/pki/private/kubernetes-ca/keyset.yaml`,
        );
      for (const action of [
        "DeleteBucket",
        "PutBucketVersioning",
        "PutBucketPolicy",
        "PutLifecycleConfiguration",
        "PutReplicationConfiguration",
        "PutBucketObjectLockConfiguration",
      ])
        deniedToUp(`s3:${action}`, `arn:aws:s3:::${bucket}`);
    }
    for (const key of [values.storeKey, values.secretsKey])
      for (const action of ["ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"])
        deniedToUp(`kms:${action}`, key ?? "");
    for (const role of roles.filter((one) => (rolePolicies[one] as readonly PolicyName[]).includes("store")))
      expect(rolePolicies[role], "whoever writes into the store is guarded, or owns it").to.include(
        role === "owner" ? "buckets" : "guard",
      );
  });

  it("leave out what an environment does not have", () => {
    const { pulumiBucket, secretsKey, storeKey, nodeBoundary, otherAccounts, ...least } = values;
    expect([pulumiBucket, secretsKey, storeKey, nodeBoundary, otherAccounts]).to.not.include(undefined);
    const made = policiesOf("up", least);
    expect(made["node-roles"]?.Statement.filter(({ Effect }) => Effect === "Deny")).to.deep.equal([]);
    expect(JSON.stringify(made)).to.not.contain("${");
    expect(made.store?.Statement.map(({ Sid }) => Sid)).to.deep.equal(["Bucket", "Objects", "Documents"]);
  });

  it("have an action for every call to AWS in the program's code", () => {
    // Where IAM names an action differently, see local/aws/authorization/s3.py.
    const otherwise: Record<string, string | undefined> = {
      CopyObject: "PutObject",
      DeleteObjects: "DeleteObject",
      GetBucketEncryption: "GetEncryptionConfiguration",
      GetCallerIdentity: undefined,
      GetPublicAccessBlock: "GetBucketPublicAccessBlock",
      HeadBucket: "ListBucket",
      ListObjectVersions: "ListBucketVersions",
      ListObjectsV2: "ListBucket",
      PutBucketEncryption: "PutEncryptionConfiguration",
      PutPublicAccessBlock: "PutBucketPublicAccessBlock",
    };
    const called = new Set(
      ["providers", "components"]
        .flatMap((folder) =>
          globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => readFileSync(join(root, file), "utf8")),
        )
        .filter((text) => text.includes("@aws-sdk/client-"))
        .flatMap((text) => [...text.matchAll(/\bnew (?:sdk\.)?([A-Z]\w+)Command\(|\bpaginate([A-Z]\w+)\(/g)])
        .map(([, command, list]) => command ?? list ?? "")
        .flatMap((name) => (name in otherwise ? (otherwise[name] ?? []) : name)),
    );
    const known = new Set(policyNames.flatMap((name) => actionsOf(readPolicy(name))).map((one) => one.split(":")[1]));
    expect(called.size).to.be.above(50);
    expect([...called].filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it("allow every call that a story needed", async () => {
    const { recorded } = await read<Needed>("needed-permissions.json");
    const denied = Object.entries(recorded).flatMap(([role, actions]) => {
      const policies = Object.values(policiesOf(role as RoleName, values));
      return Object.entries(actions).flatMap(([action, resources]) =>
        resources.filter((one) => !allows(policies, action, one)).map((one) => `${role}: ${action} on ${one}`),
      );
    });
    expect(denied).to.deep.equal([]);
  });

  it("allow nothing that neither a story needed nor a reason is given for", async () => {
    const { recorded, unrecorded } = await read<Needed>("needed-permissions.json");
    const reasoned = new Set(unrecorded.flatMap(({ actions }) => actions));
    const seen = (name: PolicyName): Set<string> =>
      new Set(
        roles
          .filter((role) => (rolePolicies[role] as readonly PolicyName[]).includes(name))
          .flatMap((role) => Object.keys(recorded[role] ?? {})),
      );
    const needless = policyNames
      .filter((one) => one !== "boundary")
      .flatMap((name) =>
        actionsOf(readPolicy(name))
          .filter((action) => !seen(name).has(action) && !reasoned.has(action))
          .map((action) => `${name}: ${action}`),
      );
    expect(needless).to.deep.equal([]);
    const everywhere = new Set(policyNames.flatMap((name) => actionsOf(readPolicy(name))));
    expect([...reasoned].filter((action) => !everywhere.has(action))).to.deep.equal([]);
  });
});
