import { expect } from "chai";
import {
  groupsWithFloatingImage,
  groupsWithNewImages,
  groupsWithoutImage,
  imageParameters,
  imagesIn,
  movedImages,
  movedLines,
  otherArchitectures,
} from "../../../../../providers/kops/plan/facts/images.ts";
import { desiredSpec, withImages } from "../../../../../providers/kops/model/spec.ts";
import type { KopsClusterInputs } from "../../../../../providers/kops/index.ts";
import { sampleInputs } from "../../samples.ts";

const cluster = "k1.sbx.example.com";
const groups = {
  "control-plane-a": { role: "ControlPlane", image: "" },
  nodes: { role: "Node" },
  pinned: { role: "Node", image: "ami-0a1" },
};

/** As kOps 1.35 prints it. */
const report = `Will create resources:
  AutoscalingGroup/nodes.${cluster}
  \tGranularity         \t1Minute
  LaunchTemplate/nodes.${cluster}
  \tHTTPTokens          \trequired
  \tImageID             \t099720109477/ubuntu/images/noble-2
  \tInstanceType        \tt3.large

  LaunchTemplate/pinned.${cluster}
  \tImageID             \tami-0a1

Will modify resources:
  LaunchTemplate/control-plane-a.masters.${cluster}
  \tImageID             \t ami-0f3 -> 099720109477/ubuntu/images/noble-2

`;

describe("the images of groups that name none", () => {
  it("are those that kOps chose in its dry run, for new and changed templates", () => {
    expect(imagesIn(report, groups, cluster)).to.deep.equal({
      nodes: "099720109477/ubuntu/images/noble-2",
      "control-plane-a": "099720109477/ubuntu/images/noble-2",
    });
  });

  it("are needed where the image is absent or empty", () => {
    expect(groupsWithoutImage(groups)).to.deep.equal(["control-plane-a", "nodes"]);
  });

  it("are new for all such groups by image, for one of them by its name, and never for a group with its own", () => {
    const by = (...allow: NonNullable<KopsClusterInputs["allow"]>): string[] =>
      groupsWithNewImages({ allow, instanceGroups: groups });
    expect([by(), by("image:nodes"), by("image:pinned"), by("image")]).to.deep.equal([
      [],
      ["nodes"],
      [],
      ["control-plane-a", "nodes"],
    ]);
  });

  it("do not stay where the machine type gets another architecture", () => {
    const architectures = new Map([
      ["t3.large", ["x86_64"]],
      ["t2.micro", ["i386", "x86_64"]],
      ["t4g.large", ["arm64"]],
    ]);
    const changed = [
      { group: "to-arm", from: "t3.large", to: "t4g.large" },
      { group: "back", from: "t4g.large", to: "t2.micro" },
      { group: "same", from: "t2.micro", to: "t3.large" },
      { group: "unheard-of", from: "x9.large", to: "t4g.large" },
    ];
    expect(otherArchitectures(changed, architectures).map(({ group }) => group)).to.deep.equal(["to-arm", "back"]);
  });

  it("are kept as recorded, unless the spec names one", () => {
    const spec = withImages(desiredSpec(sampleInputs({ instanceGroups: groups })), {
      "control-plane-a": "recorded",
      pinned: "recorded",
    });
    expect(Object.entries(spec.instanceGroups).map(([name, { image }]) => [name, image])).to.deep.equal([
      ["control-plane-a", "recorded"],
      ["nodes", undefined],
      ["pinned", "ami-0a1"],
    ]);
  });
});

describe("the images that parameters name", () => {
  const by = {
    ...groups,
    golden: { role: "Node", image: "ssm:/golden" },
    gpu: { role: "Node", image: "ssm:/gpu" },
    more: { role: "Node", image: "ssm:/golden" },
  };
  const parameters = imageParameters(by);

  it("are treated like those of groups that name none", () => {
    expect(parameters).to.deep.equal({ golden: "ssm:/golden", gpu: "ssm:/gpu", more: "ssm:/golden" });
    expect(groupsWithFloatingImage(by)).to.deep.equal(["control-plane-a", "nodes", "golden", "gpu", "more"]);
  });

  it("are kept as recorded", () => {
    const spec = withImages(desiredSpec(sampleInputs({ instanceGroups: by })), { golden: "ami-1", pinned: "ami-2" });
    expect([
      spec.instanceGroups["golden"]?.["image"],
      spec.instanceGroups["gpu"]?.["image"],
      spec.instanceGroups["pinned"]?.["image"],
    ]).to.deep.equal(["ami-1", "ssm:/gpu", "ami-0a1"]);
  });

  it("are reported with old and new value when a parameter changed, once for each parameter", () => {
    const moved = movedImages(
      parameters,
      { golden: "ami-1", more: "ami-1", gpu: "ami-7" },
      { "ssm:/golden": "ami-2", "ssm:/gpu": "ami-7" },
    );
    expect(moved.map(({ group }) => group)).to.deep.equal(["golden", "more"]);
    expect(movedLines(moved, false)).to.deep.equal([
      "image of golden, more: ssm:/golden moved: ami-1 -> ami-2; nodes keep their image, and allow: " +
        '["image"] takes the new one',
    ]);
    expect(movedLines(moved, true)[0]).to.contain("ami-1 -> ami-2, which is taken");
    expect(movedImages(parameters, {}, { "ssm:/golden": "ami-2" })).to.deep.equal([]);
  });
});
