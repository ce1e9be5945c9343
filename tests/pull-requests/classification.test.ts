import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { clusterRequest } from "../../components/cluster/request/request.ts";
import { guardedClusterKeys, plainClusterKeys, sensitiveInCluster } from "../../pull-requests/classify/cluster-file.ts";
import { limits } from "../../pull-requests/classify/limits.ts";
import { kindOf } from "../../pull-requests/classify/paths.ts";
import {
  clusterConfigKeys,
  plainConfigKeys,
  plainStackFile,
  sensitiveInStack,
} from "../../pull-requests/classify/stack-file.ts";
import { classify } from "../../pull-requests/classify/classification.ts";
import type { ClassificationFacts } from "../../pull-requests/classify/classification.ts";

const root = join(import.meta.dirname, "..", "..");
const cluster = readFileSync(join(root, "clusters/sbx/k1.yaml"), "utf8");
const stack = readFileSync(join(root, "Pulumi.sbx.yaml"), "utf8");

const classified = (facts: Partial<ClassificationFacts>) =>
  classify({
    changes: [],
    sizes: new Map(),
    data: [],
    stacks: ["prod", "sbx"],
    environments: new Map(),
    fork: false,
    ...facts,
  });
const file = (path: string, mode = "100644") => ({ path, mode, blob: "b".repeat(40) });
const edited = (text: string, from: string, to: string): string => {
  expect(text).to.contain(from);
  return text.replace(from, to);
};
/** The classification of one changed file. */
const onCluster = (after: string, before = cluster) =>
  classified({
    changes: [file("clusters/sbx/k1.yaml")],
    data: [
      { path: "clusters/sbx/k1.yaml", stack: "sbx", file: "cluster", ...(before !== "nothing" && { before }), after },
    ],
  });
const onStack = (after: string, before: string = stack) =>
  classified({
    changes: [file("Pulumi.sbx.yaml")],
    data: [{ path: "Pulumi.sbx.yaml", stack: "sbx", file: "stack", before, after }],
  });

describe("a file of a pull request", () => {
  const kinds: [string, string][] = [
    ["clusters/sbx/k1.yaml", "data"],
    ["clusters/sbx/kops/k1.yml", "data"],
    ["Pulumi.sbx.yaml", "data"],
    ["Pulumi.prod.eu-1.yaml", "data"],
    ["clusters/prod.eu-1/k1.yaml", "data"],
    ["Pulumi._own.yaml", "data"],
    ["Pulumi...yaml", "program"],
    ["Pulumi.yaml", "program"],
    ["index.ts", "program"],
    ["providers/kops/provider.ts", "program"],
    ["package-lock.json", "program"],
    [".npmrc", "program"],
    ["clusters/sbx/k1.ts", "program"],
    ["clusters/sbx/.hidden.yaml", "program"],
    ["clusters/../index.yaml", "program"],
    ["clusters/sbx/../../index.yaml", "program"],
    ["a-new-folder/a-new-file", "program"],
    ["clusters/cluster.schema.json", "unrelated"],
    ["docs/network.md", "unrelated"],
    ["tests/e2e/bare.it.ts", "unrelated"],
    [".github/workflows/preview.yml", "program"],
    [".github/actions/program/action.yml", "program"],
    [".github/CODEOWNERS", "program"],
    [".github/dependabot.yml", "program"],
    [".github/ISSUE_TEMPLATE/bug.yml", "unrelated"],
    [".github/PULL_REQUEST_TEMPLATE.md", "unrelated"],
    ["CODEOWNERS", "program"],
    ["pull-requests/apply/up.ts", "program"],
    ["cli/pr/take.ts", "program"],
    ["cli/pilot.ts", "program"],
    [".devcontainer/devcontainer.json", "unrelated"],
    [".editorconfig", "unrelated"],
    [".nvmrc", "unrelated"],
    [".prettierrc.json", "unrelated"],
    [".prettierignore", "unrelated"],
    [".git-blame-ignore-revs", "unrelated"],
    ["renovate.json", "unrelated"],
    ["typescript.mjs", "program"],
    ["cli.ts", "program"],
    ["components/.nvmrc", "program"],
  ];
  for (const [path, kind] of kinds) {
    it(`${path} counts as ${kind}`, () => {
      expect(kindOf(path).kind).to.equal(kind);
    });
  }
});

describe("a pull request", () => {
  it("that changes a machine type is previewed with credentials, the stack of the file only", () => {
    expect(onCluster(edited(cluster, "t3.large", "t3.xlarge"))).to.deep.equal({
      version: 1,
      stacks: ["sbx"],
      credentials: "given",
      reasons: [],
    });
  });

  it("that adds or removes a cluster file is previewed with credentials", () => {
    expect(onCluster(cluster, "nothing").credentials).to.equal("given");
    const removed = classified({
      changes: [{ path: "clusters/sbx/k1.yaml", oldBlob: "a".repeat(40) }],
      data: [{ path: "clusters/sbx/k1.yaml", stack: "sbx", file: "cluster", before: cluster }],
    });
    expect(removed).to.deep.include({ stacks: ["sbx"], credentials: "given" });
  });

  it("that changes only documents or tests changes no stack", () => {
    expect(classified({ changes: [file("docs/network.md"), file("tests/readme.test.ts")] })).to.deep.include({
      stacks: [],
      credentials: "given",
    });
  });

  it("that changes the program concerns every stack and never gets credentials, whatever else it changes", () => {
    const found = classified({ changes: [file("components/tags/subnet-tags.ts"), file("clusters/sbx/k1.yaml")] });
    expect(found).to.deep.include({ stacks: ["prod", "sbx"], credentials: "never" });
    expect(found.reasons).to.deep.equal([
      "components/tags/subnet-tags.ts is a part of the program, or decides what runs",
    ]);
  });

  it("from a fork waits for an approval", () => {
    expect(classified({ changes: [file("clusters/sbx/k1.yaml")], fork: true })).to.deep.include({
      credentials: "after-approval",
      reasons: ["the pull request comes from a fork"],
    });
  });

  const refused: [string, Partial<ClassificationFacts>][] = [
    ["a symbolic link in place of a cluster file", { changes: [file("clusters/sbx/k2.yaml", "120000")] }],
    ["a submodule in place of a cluster file", { changes: [file("clusters/sbx/k2.yaml", "160000")] }],
    ["an executable cluster file", { changes: [file("clusters/sbx/k2.yaml", "100755")] }],
    ["a symbolic link in place of a stack file", { changes: [file("Pulumi.sbx.yaml", "120000")] }],
    [
      "a cluster file that is too large",
      { changes: [file("clusters/sbx/k2.yaml")], sizes: new Map([["clusters/sbx/k2.yaml", limits.fileBytes + 1]]) },
    ],
    [
      "too many files",
      { changes: Array.from({ length: limits.files + 1 }, (_, index) => file(`clusters/sbx/k${index}.yaml`)) },
    ],
    [
      "too much in all",
      {
        changes: [file("clusters/sbx/k2.yaml")],
        sizes: new Map(Array.from({ length: 20 }, (_, index) => [`clusters/sbx/k${index}.yaml`, limits.fileBytes])),
      },
    ],
  ];
  for (const [what, facts] of refused) {
    it(`with ${what} never gets credentials`, () => {
      expect(classified(facts).credentials).to.equal("never");
    });
  }

  it("that changes a stack file is previewed for the stacks that take their environment from it, too", () => {
    const found = classified({
      changes: [file("Pulumi.prod.yaml")],
      data: [{ path: "Pulumi.prod.yaml", stack: "prod", file: "stack", before: "config: {}", after: "config: {}\n" }],
      stacks: ["prod", "prod-clusters", "sbx", "team.eu"],
      environments: new Map([
        ["prod-clusters", "prod"],
        ["team.eu", "prod"],
      ]),
    });
    expect(found.stacks).to.deep.equal(["prod", "prod-clusters", "team.eu"]);
    expect(found.follows).to.deep.equal({ "prod-clusters": "prod", "team.eu": "prod" });
  });

  it("that changes a cluster file is not previewed for the stacks that take their environment from its stack", () => {
    const found = classified({
      changes: [file("clusters/prod/k1.yaml")],
      environments: new Map([["prod-clusters", "prod"]]),
    });
    expect(found.stacks).to.deep.equal(["prod"]);
  });

  it("for a stack without config waits for an approval", () => {
    expect(classified({ changes: [file("clusters/new/k1.yaml")] })).to.deep.include({
      stacks: ["new"],
      credentials: "after-approval",
    });
  });
});

describe("a cluster file waits for an approval when it", () => {
  const cases: [string, string, string][] = [
    [
      "hands kOps something unread",
      "nodeGroups:",
      "kops: { cluster: { channel: https://example.com/channel } }\nnodeGroups:",
    ],
    ["names a manifest", "nodeGroups:", "manifest: kops/k1.yaml\nnodeGroups:"],
    ["moves a secret of the stack", "nodeGroups:", "secrets: { dockerConfig: registry }\nnodeGroups:"],
    ["chooses a role", "nodeGroups:", "assumeRole: { roleArn: arn:aws:iam::123456789012:role/admin }\nnodeGroups:"],
    ["chooses a profile", "nodeGroups:", "profile: admin\nnodeGroups:"],
    ["takes over a cluster", "nodeGroups:", "adopt: true\nnodeGroups:"],
    [
      "has an image that is read from a parameter",
      "machineType: t3.large",
      "machineType: t3.large\n    image: ssm:/team/secret",
    ],
    ["has a key nobody knows", "nodeGroups:", "novelty: 1\nnodeGroups:"],
    ["is several documents", "nodeGroups:", "---\nnodeGroups:"],
  ];
  for (const [what, from, to] of cases) {
    it(what, () => {
      const found = onCluster(edited(cluster, from, to));
      expect(found.credentials, found.reasons.join()).to.equal("after-approval");
      expect(found.reasons.join()).to.contain("clusters/sbx/k1.yaml: ");
    });
  }

  it("is a kOps manifest", () => {
    expect(
      sensitiveInCluster(
        undefined,
        "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata: { name: k1.sbx.pilot.internal }\nspec: {}\n",
      ),
    ).to.have.lengthOf(1);
  });
});

describe("a cluster file waits for no approval", () => {
  it("for a key that has not changed", () => {
    const before = `${cluster}kops: { cluster: { channel: stable } }\n`;
    expect(onCluster(edited(before, "t3.large", "t3.xlarge"), before).credentials).to.equal("given");
  });

  it("for a harmless key, and every harmless key is a key of cluster files", () => {
    const known = Object.keys(clusterRequest.shape);
    expect([...plainClusterKeys].filter((key) => !known.includes(key))).to.deep.equal([]);
    expect(Object.keys(guardedClusterKeys).filter((key) => !known.includes(key))).to.deep.equal(["manifest"]);
  });
});

describe("a stack file", () => {
  it("may change network and tags without an approval", () => {
    expect(onStack(edited(stack, "nat: single", "nat: per-zone")).credentials).to.equal("given");
  });

  const cases: [string, string, string][] = [
    ["sends AWS calls elsewhere", "aws:region:", 'aws:endpoints: \'[{"sts":"https://example.com"}]\'\n  aws:region:'],
    [
      "runs a program for credentials",
      "aws:region:",
      "aws:sharedConfigFiles: '[\"clusters/sbx/k1.yaml\"]'\n  aws:region:",
    ],
    ["goes to another region", "ap-southeast-2\n", "us-east-1\n"],
    [
      "shows an encrypted value under another key",
      "pilot:dns:",
      "pilot:tags: { note: { secure: v1:abc } }\n  pilot:dns:",
    ],
    [
      "assumes a role for a peering",
      "nat: single",
      "nat: single\n    peerings: { other: { vpcId: vpc-1, cidrs: [], roleArn: " +
        "arn:aws:iam::123456789012:role/other } }",
    ],
    ["reads another state store", "onDestroy: purge", "onDestroy: purge\n    stateBucket: another"],
    [
      "overrides what kOps is told",
      "pilot:dns:",
      "pilot:clusterOverrides: { kops: { cluster: { keyStore: file:///etc } } }\n  pilot:dns:",
    ],
  ];
  for (const [what, from, to] of cases) {
    it(`waits for an approval when it ${what}`, () => {
      const found = onStack(edited(stack, from, to));
      expect(found.credentials, found.reasons.join()).to.equal("after-approval");
    });
  }

  it("waits for an approval when it has other keys than config: keys of encryption, environments of Pulumi ESC", () => {
    expect(onStack(`secretsprovider: hashivault://key\n${stack}`).reasons.join()).to.contain("secretsprovider");
    expect(onStack(`environment: [shared/secrets]\n${stack}`).reasons.join()).to.contain("Pulumi ESC");
  });

  it("waits for an approval when it is new, removed or cannot be read", () => {
    expect(sensitiveInStack(undefined, stack)).to.have.lengthOf(1);
    expect(sensitiveInStack(stack, undefined)).to.have.lengthOf(1);
    expect(sensitiveInStack(stack, "config: [")).to.have.lengthOf(1);
  });

  it("reaches Pulumi as it was parsed, not as it was written", () => {
    expect(plainStackFile("config: &a\n  pilot:tags: { a: b } # note\n")).to.equal(
      "config:\n  pilot:tags:\n    a: b\n",
    );
  });

  it("has harmless keys, and every one of them is a key of the project", () => {
    const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
    expect([...plainConfigKeys, ...clusterConfigKeys].filter((key) => !project.includes(`  ${key}:`))).to.deep.equal(
      [],
    );
  });
});
