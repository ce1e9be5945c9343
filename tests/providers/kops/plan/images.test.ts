import { expect } from "chai";
import { groupsWithoutImage, imagesIn } from "../../../../providers/kops/plan/images.ts";
import { desiredSpec, withImages } from "../../../../providers/kops/spec.ts";
import { sampleInputs } from "../samples.ts";

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

describe("images that no cluster file names", () => {
  it("are those kOps chose in its dry run, for new and for changed templates", () => {
    expect(imagesIn(report, groups, cluster)).to.deep.equal({
      nodes: "099720109477/ubuntu/images/noble-2",
      "control-plane-a": "099720109477/ubuntu/images/noble-2",
    });
  });

  it("are asked for where the image is left out or empty", () => {
    expect(groupsWithoutImage(groups)).to.deep.equal(["control-plane-a", "nodes"]);
  });

  it("are kept as recorded, below what is asked for", () => {
    const spec = withImages(desiredSpec(sampleInputs({ instanceGroups: groups })), { "control-plane-a": "recorded", pinned: "recorded" });
    expect(Object.entries(spec.instanceGroups).map(([name, { image }]) => [name, image])).to.deep.equal([
      ["control-plane-a", "recorded"],
      ["nodes", undefined],
      ["pinned", "ami-0a1"],
    ]);
  });
});
