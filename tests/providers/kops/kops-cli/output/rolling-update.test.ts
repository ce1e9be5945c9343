import { expect } from "chai";
import { followRoll, readRollLine } from "../../../../../providers/kops/kops-cli/output/rolling-update.ts";
import { followApply } from "../../../../../providers/kops/kops-cli/output/update-cluster.ts";

describe("kOps's log lines", () => {
  it("are parsed", () => {
    expect(readRollLine("nodes\t\tNeedsUpdate\t3\t\t0\t3\t3\t3\t3")).to.deep.equal({ kind: "groups", need: 3 });
    expect(readRollLine('I1121 09:00:00.1 1 instancegroups.go:431] Draining the node: "i-0ab".')).to.deep.equal({
      kind: "drain",
      node: "i-0ab",
    });
    expect(
      readRollLine(
        'I1121 1 x.go:632] Stopping instance "i-0ab", node "i-0ab", in group "nodes.k1.example.com" (this may ' +
          "take a while).",
      ),
    ).to.deep.equal({
      kind: "stop",
      instance: "i-0ab",
      node: "i-0ab",
      group: "nodes.k1.example.com",
    });
    expect(
      readRollLine(
        'I1121 1 x.go:632] Stopping instance "i-0ab", in group "bastions.k1.example.com" (this may take a while).',
      ),
    ).to.deep.equal({
      kind: "stop",
      instance: "i-0ab",
      node: "i-0ab",
      group: "bastions.k1.example.com",
    });
    expect(readRollLine("I1121 1 x.go:449] waiting for 15s after terminating instance")).to.deep.equal({
      kind: "interval",
    });
    expect(readRollLine("I1121 1 x.go:280] waiting for 15s after detaching instance")).to.equal(undefined);
    expect(
      readRollLine(
        'I1 x.go:567] Cluster did not pass validation, will retry in "30s": machine "i-1" has not yet joined cluster.',
      ),
    ).to.deep.equal({
      kind: "invalid",
      reason: 'machine "i-1" has not yet joined cluster.',
    });
  });

  it("become one line per transition, with position and total", () => {
    const said: string[] = [];
    const follow = followRoll({ say: (text) => said.push(text) }, "k1.example.com");
    for (const line of [
      "nodes NeedsUpdate 2 0 2 2 2 2",
      'Draining the node: "i-1".',
      'Stopping instance "i-1", node "i-1", in group "nodes.k1.example.com" (this may take a while).',
      "Cluster validated.",
      'Draining the node: "i-2".',
    ])
      follow(line);
    expect(said).to.deep.equal([
      "rolling 1/2 draining i-1",
      "rolling nodes 1/2 replacing i-1",
      "rolling 1/2 cluster is valid",
      "rolling 2/2 draining i-2",
    ]);
  });

  it("report only once why kOps retries", () => {
    const said: string[] = [];
    const follow = followApply({ say: (text) => said.push(text) });
    const line = 'W1 executor.go:141] error running task "Role/nodes" (9m50s remaining to succeed): access denied';
    follow(line);
    follow(line.replace("9m50s", "9m40s"));
    expect(said).to.deep.equal(["kOps retries Role/nodes: access denied"]);
  });
});
