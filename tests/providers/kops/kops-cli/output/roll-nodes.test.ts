import { expect } from "chai";
import { followReplacedNodes } from "../../../../../providers/kops/kops-cli/output/roll-nodes.ts";

describe("the nodes that a roll replaces now", () => {
  it("are drained or being replaced, until the cluster is valid again", () => {
    const follow = followReplacedNodes();
    const lines: [string, string | undefined][] = [
      ['I1121 10:00:00.1 1 instancegroups.go:431] Draining the node: "i-1".', "draining i-1"],
      ['I1121 10:00:00.1 1 instancegroups.go:431] Draining the node: "i-2".', "draining i-1, draining i-2"],
      ["evicting pod default/web", undefined],
      [
        'I1121 10:00:00.1 1 instancegroups.go:632] Stopping instance "i-1", node "i-1", in group "nodes.k1" (this ' +
          "may take a while).",
        "replacing i-1, draining i-2",
      ],
      ["I1121 10:00:00.1 1 instancegroups.go:544] Cluster validated.", "draining i-2"],
    ];
    for (const [line, expected] of lines) expect(follow(line)).to.equal(expected);
  });
});
