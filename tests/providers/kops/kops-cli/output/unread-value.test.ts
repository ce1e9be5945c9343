import { expect } from "chai";
import { findUnread, unreadReason, unreadValueIn } from "../../../../../providers/kops/kops-cli/output/index.ts";
import { propertyPath } from "../../../../../providers/kops/model/unknown.ts";

describe("a value that kOps cannot read", () => {
  const spec = {
    cluster: {
      fileAssets: [
        { name: "a", mode: "0644" },
        { name: "b", mode: 420 },
      ],
      cloudLabels: { owner: "me", since: 2026 },
      networking: { weave: { mtu: "large" } },
    },
    instanceGroups: { nodes: { machineType: 5, rootVolumeEncryption: "yes", taints: [true] } },
  };
  // Printed by kOps 1.35.0.
  const table: [string, string][] = [
    [
      "json: cannot unmarshal number into Go struct field FileAssetSpec.spec.fileAssets.mode of type string",
      "cluster.fileAssets[1].mode is read as the number 420, and kOps takes text here: quote it",
    ],
    [
      "json: cannot unmarshal number into Go struct field ClusterSpec.spec.cloudLabels of type string",
      "cluster.cloudLabels.since is read as the number 2026, and kOps takes text here: quote it",
    ],
    [
      "json: cannot unmarshal string into Go struct field WeaveNetworkingSpec.spec.networking.weave.mtu of type int32",
      "cluster.networking.weave.mtu is text, and kOps takes a number here",
    ],
    [
      "json: cannot unmarshal string into Go struct field InstanceGroupSpec.spec.rootVolumeEncryption of type bool",
      "instanceGroups.nodes.rootVolumeEncryption is text, and kOps takes true or false here",
    ],
    [
      "json: cannot unmarshal bool into Go struct field InstanceGroupSpec.spec.taints of type string",
      "instanceGroups.nodes.taints[0] is read as true, and kOps takes text here: quote it",
    ],
  ];
  for (const [text, sentence] of table)
    it(`is named with what to write: ${sentence}`, () => {
      const unread = unreadValueIn(`error: ${text}`);
      const found = unread && findUnread(unread, spec);
      expect(unread && found && `${propertyPath(found.path)} ${unreadReason(unread, found.value)}`).to.equal(sentence);
    });

  it("is none in any other error", () => {
    expect(unreadValueIn('spec.networking: Required value: networking mode "x"')).to.equal(undefined);
  });
});
