import { makeHarness } from "../crash/harness.ts";
import type { Harness } from "../crash/harness.ts";
import { CrashRunner } from "../crash/perform.ts";

/*
 * Five cases of the crash matrix (`npm run test:crash` runs all). After each, the cluster matches its inputs and is
 * Ready, no finished step was repeated, nothing in the AWS API is duplicated or left behind, no two kOps ran at once,
 * and another preview shows no changes.
 */
describe("a killed operation", function () {
  this.timeout(10 * 60_000);
  let harness: Harness;
  let runner: CrashRunner;

  before(async () => {
    harness = await makeHarness();
    runner = await CrashRunner.begin(harness);
  });
  after(() => harness.remove());

  it("returns to the old spec if kOps died amid the manifests and the change is reverted", async () => {
    await runner.perform({
      verb: "update",
      step: "SpecWritten",
      kill: "kops",
      moment: "middle",
      recovery: "reverted",
    });
  });

  it("is finished by the next up if kOps died in a roll, and nothing is repeated", async () => {
    await runner.perform({
      verb: "update",
      step: "NodesRolled",
      kill: "kops",
      moment: "middle",
      recovery: "as it is",
    });
  });

  it("takes a second change on top if the provider died at the end of a roll", async () => {
    await runner.perform({
      verb: "update",
      step: "ControlPlaneRolled",
      kill: "plugin",
      moment: "end",
      recovery: "second change",
    });
  });

  it("returns to the old spec if Pulumi died while a group was removed, then refreshed and reverted", async () => {
    await runner.perform({
      verb: "update",
      step: "GroupsLeft",
      kill: "pulumi",
      moment: "middle",
      recovery: "refreshed, reverted",
    });
  });

  it("is finished without leftovers if the provider died after kOps's delete, also after a refresh", async () => {
    await runner.perform({ verb: "delete", step: "Deleted", kill: "plugin", moment: "end", recovery: "refreshed" });
  });
});
