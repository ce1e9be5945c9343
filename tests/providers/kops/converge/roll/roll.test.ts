import { expect } from "chai";
import { up, onlyNodes, Stage } from "./roll-stage.ts";

describe("a roll", () => {
  it("is one kOps command, without a check before, where the part has one group", async () => {
    const stage = new Stage({ instanceGroups: onlyNodes });
    expect(await stage.roll()).to.deep.equal(up);
    expect(stage.commands).to.deep.equal(["--yes --instance-group=nodes-a"]);
  });

  it("asks kOps nothing where the part has no group", async () => {
    const stage = new Stage({ instanceGroups: { "control-plane-a": { role: "Master" } } });
    expect(await stage.roll()).to.deep.equal(up);
    expect(stage.commands).to.deep.equal([]);
  });

  it("is one kOps command for each waiting group, after one check, with the number of each node in the whole", async () => {
    const stage = new Stage({}, { "nodes-b": 1, "nodes-a": 1, bastions: 0 });
    expect(await stage.roll()).to.deep.equal(up);
    expect(stage.commands).to.deep.equal([
      "--instance-group-roles=node,bastion",
      "--yes --instance-group=nodes-a",
      "--yes --instance-group=nodes-b",
    ]);
    expect(stage.said.filter((line) => line.includes("replacing"))).to.deep.equal([
      "rolling nodes-a 1/2 replacing i-1",
      "rolling nodes-b 2/2 replacing i-1",
    ]);
    expect(stage.progressed).to.equal(true);
  });

  it("waits with the manual strategy, and names the nodes that wait", async () => {
    const stage = new Stage({ rollingUpdate: { strategy: "manual" } });
    expect(await stage.roll()).to.deep.equal({
      ...up,
      status: "False",
      reason: "ManualStrategy",
      message: "nodes-a (nodes-a-0, nodes-a-1), nodes-b (nodes-b-0) wait for a roll: rollingUpdate.strategy is manual",
    });
    expect(stage.rolls).to.deep.equal([]);
  });

  it("is up to date with the manual strategy where no node waits, as after a change of size", async () => {
    const stage = new Stage({ rollingUpdate: { strategy: "manual" } }, { "nodes-a": 0, "nodes-b": 0 });
    expect(await stage.roll()).to.deep.equal(up);
  });

  it("rolls the chosen groups, and names the excluded ones that wait", async () => {
    const stage = new Stage(
      { rollingUpdate: { includeGroups: ["nodes-b", "bastions"] } },
      { "nodes-a": 2, "nodes-b": 1, bastions: 1 },
    );
    expect(await stage.roll()).to.deep.equal({
      ...up,
      status: "False",
      reason: "Excluded",
      message: "nodes-a (nodes-a-0, nodes-a-1) waits for a roll: left out by rollingUpdate",
    });
    expect(stage.rolls).to.deep.equal(["--instance-group=bastions", "--instance-group=nodes-b"]);
  });

  it("is done when the excluded groups are up to date", async () => {
    const stage = new Stage({ rollingUpdate: { excludeGroups: ["nodes-a"] } }, { "nodes-a": 0, "nodes-b": 0 });
    expect(await stage.roll()).to.deep.include({ status: "True" });
    expect(stage.rolls).to.deep.equal([]);
  });

  it("asks the Kubernetes API nothing with cloudOnly, so it names no nodes", async () => {
    const stage = new Stage(
      { rollingUpdate: { cloudOnly: true, excludeRoles: ["Bastion"] } },
      { "nodes-a": 1, bastions: 1 },
    );
    expect(await stage.roll()).to.deep.include({ message: "bastions waits for a roll: left out by rollingUpdate" });
    expect(stage.commands).to.deep.equal([
      "--instance-group-roles=node,bastion --cloudonly (without API)",
      "--yes --instance-group=nodes-a --cloudonly=true (without API)",
    ]);
  });
});

describe("force", () => {
  it("replaces groups that are up to date", async () => {
    const stage = new Stage({ rollingUpdate: { force: true } }, { "nodes-a": 0, "nodes-b": 0 });
    await stage.roll();
    expect(stage.rolls).to.deep.equal([
      "--instance-group=nodes-a --force=true",
      "--instance-group=nodes-b --force=true",
    ]);
  });

  it("does not replace again what the interrupted run replaced", async () => {
    const stage = new Stage({ rollingUpdate: { force: true } }, { "nodes-a": 0, "nodes-b": 0 }, true, [
      "Rolled nodes-a",
    ]);
    await stage.roll();
    expect(stage.rolls).to.deep.equal(["--instance-group=nodes-b --force=true"]);
  });
});
