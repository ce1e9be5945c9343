import { expect } from "chai";
import { checkInputs } from "../../../../../providers/kops/rules/check-inputs.ts";
import { chooseGroups, nodeRoles } from "../../../../../providers/kops/model/instance-groups.ts";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";
import { readRollTable } from "../../../../../providers/kops/kops-cli/output/rolling-update.ts";
import { sampleInputs } from "../../samples.ts";
import { all, groups } from "./roll-stage.ts";

describe("the groups of a roll", () => {
  const ordered = ["control-plane-a", "control-plane-b", "apis", "bastions", "nodes-a", "nodes-b"];
  for (const [what, choice, chosen] of [
    ["are all, control plane first, when nothing is said", {}, ordered],
    ["are those included", { includeGroups: ["nodes-b", "bastions"] }, ["bastions", "nodes-b"]],
    [
      "are not those excluded",
      { excludeGroups: ["nodes-b", "bastions"] },
      ["control-plane-a", "control-plane-b", "apis", "nodes-a"],
    ],
    [
      "are of the roles included, by their older names too",
      { includeRoles: ["ControlPlane"] },
      ["control-plane-a", "control-plane-b"],
    ],
    [
      "are not of the roles excluded",
      { excludeRoles: ["ControlPlane", "APIServer"] },
      ["bastions", "nodes-a", "nodes-b"],
    ],
    [
      "are left out by one word against them",
      { includeGroups: ["nodes-a", "nodes-b"], includeRoles: ["Node"], excludeGroups: ["nodes-a"] },
      ["nodes-b"],
    ],
  ] as const) {
    it(what, () => {
      const found = chooseGroups(groups, all, choice);
      expect(found).to.deep.equal({
        chosen,
        excluded: ordered.filter((group) => !chosen.some((one) => one === group)),
      });
    });
  }

  it("belong to the part that rolls now, whatever is included", () => {
    expect(chooseGroups(groups, nodeRoles, { includeGroups: ["control-plane-a", "nodes-a"] })).to.deep.equal({
      chosen: ["nodes-a"],
      excluded: ["bastions", "nodes-b"],
    });
  });

  it("must exist: a mistyped name is refused with its place", () => {
    const failures = checkInputs({
      ...sampleInputs(),
      rollingUpdate: { includeGroups: ["nodes", "node"], excludeGroups: ["nodse"] },
    });
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "rollingUpdate.includeGroups[1]",
      "rollingUpdate.excludeGroups[0]",
    ]);
    expect(failures[0]?.reason).to.equal("there is no instance group node (there are control-plane-a, nodes)");
  });

  it("may be unknown", () => {
    expect(checkInputs({ ...sampleInputs(), rollingUpdate: { includeGroups: [unknownValue] } })).to.deep.equal([]);
  });
});

describe("the table of kops rolling-update", () => {
  const header = "NAME\t\tSTATUS\t\tNEEDUPDATE\tREADY\tMIN\tTARGET\tMAX";
  it("tells how many nodes of each group wait, even without the column of nodes", () => {
    expect(
      readRollTable(
        `${header}\tNODES\nnodes-a\t\tNeedsUpdate\t2\t\t1\t3\t3\t3\t3\nnodes-b\t\tReady\t\t0\t\t3\t3\t3\t3\t3\n\nNo ` +
          "rolling-update required.",
      ),
    ).to.deep.equal([
      { group: "nodes-a", needUpdate: 2, ready: 1 },
      { group: "nodes-b", needUpdate: 0, ready: 3 },
    ]);
    expect(readRollTable(`${header}\nnodes-a\t\tNeedsUpdate\t2\t\t1\t3\t3\t3`)).to.deep.equal([
      { group: "nodes-a", needUpdate: 2, ready: 1 },
    ]);
  });
});
