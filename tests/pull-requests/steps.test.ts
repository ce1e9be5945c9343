import { expect } from "chai";
import { problemsIn, resourceChanges as changesIn } from "../../pull-requests/preview/steps.ts";
import type { PulumiPreview } from "../../pull-requests/preview/steps.ts";

const urn = (type: string, name: string): string => `urn:pulumi:sbx::pilot::pilot:network:Network$${type}::${name}`;

const resourceChanges = (preview: PulumiPreview) => changesIn(preview, "encrypted");

describe("the changes in a preview of Pulumi", () => {
  it("are those of resources and providers: not of stacks or components, and no steps that change nothing", () => {
    const steps = [
      { op: "create", urn: "urn:pulumi:sbx::pilot::pulumi:pulumi:Stack::pilot-sbx" },
      { op: "create", urn: "urn:pulumi:sbx::pilot::pilot:network:Network::sbx" },
      {
        op: "update",
        urn: "urn:pulumi:sbx::pilot::pulumi:providers:aws::default",
        oldState: { inputs: { region: "eu-west-1" } },
        newState: { inputs: { region: "us-east-1" } },
      },
      { op: "same", urn: urn("aws:ec2/vpc:Vpc", "sbx") },
      { op: "read", urn: urn("aws:ec2/vpc:Vpc", "read") },
      { op: "delete", urn: urn("aws:ec2/natGateway:NatGateway", "sbx-b"), oldState: { id: "nat-1", inputs: { a: 1 } } },
    ];
    const [provider, ...others] = resourceChanges({ steps });
    expect(provider).to.deep.include({ name: "default", details: ["region: eu-west-1 → us-east-1"] });
    expect(others.map(({ digests, ...one }) => ({ ...one, digests: Object.keys(digests) }))).to.deep.equal([
      {
        op: "delete",
        urn: urn("aws:ec2/natGateway:NatGateway", "sbx-b"),
        type: "aws:ec2/natGateway:NatGateway",
        name: "sbx-b",
        details: [],
        digests: ["(object).id"],
      },
    ]);
  });

  it("count a replacement once", () => {
    const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => ({
      op,
      urn: urn("aws:ec2/subnet:Subnet", "sbx-a"),
    }));
    expect(resourceChanges({ steps }).map(({ op }) => op)).to.deep.equal(["replace"]);
  });

  it(
    "name inputs that differ with short values; long, deep, unknown and secret ones as far as they can be " + "shown",
    () => {
      const inputs = {
        a: 1,
        same: true,
        list: [1],
        secret: "[secret]",
        key: "AKIAABCDEFGHIJKLMNOP",
        tags: { old: "x", __defaults: [] },
        unknown: "known",
      };
      const now = {
        a: 2,
        same: true,
        list: [2],
        secret: "[secret]",
        key: "other",
        tags: { new: "y".repeat(100), __defaults: ["z"] },
        unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      };
      const [change] = resourceChanges({
        steps: [{ op: "update", urn: urn("aws:ec2/vpc:Vpc", "sbx"), oldState: { inputs }, newState: { inputs: now } }],
      });
      expect(change?.details).to.deep.equal([
        "a: 1 → 2",
        "list",
        "key: [redacted] → other",
        "tags.old: x → none",
        `tags.new: none → ${"y".repeat(60)}…`,
        "unknown: known → known after the change",
      ]);
    },
  );

  it("leave the inputs of a cluster to kOps's plan", () => {
    const state = (value: number) => ({ inputs: { cluster: { x: value } } });
    expect(
      resourceChanges({
        steps: [
          {
            op: "update",
            urn: urn("pulumi-nodejs:dynamic/kops:Cluster", "k1"),
            oldState: state(1),
            newState: state(2),
          },
        ],
      })[0]?.details,
    ).to.deep.equal([]);
  });

  it("have digests of options, of what a plugin found, and of a cluster's inputs", () => {
    const step = {
      op: "update",
      urn: urn("pulumi-nodejs:dynamic/kops:Cluster", "k1"),
      oldState: { inputs: { cluster: { x: 1 } }, protect: true, provider: "urn:p::id-1" },
      newState: { inputs: { cluster: { x: 2 } }, protect: false, provider: "urn:p::id-2" },
      detailedDiff: { "cluster.x": { kind: "update", inputDiff: true } },
    };
    expect(Object.keys(resourceChanges({ steps: [step] })[0]?.digests ?? {})).to.have.members([
      "cluster.x",
      "(options).protect",
      "(found).cluster.x.kind",
      "(found).cluster.x.inputDiff",
    ]);
  });

  it("come with the errors of the preview, but not with its warnings", () => {
    expect(
      problemsIn({
        diagnostics: [
          { severity: "info", message: "plan" },
          { severity: "error", message: "error: no\n" },
        ],
      }),
    ).to.deep.equal(["error: no"]);
  });
});
