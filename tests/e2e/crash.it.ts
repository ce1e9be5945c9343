import { makeBed } from "../crash/bed.ts";
import type { Bed } from "../crash/bed.ts";
import { Striking } from "../crash/perform.ts";

/*
 * Five cases of the crash matrix (`npm run test:crash` runs all). After each, the cluster matches its inputs and is
 * Ready, no finished step was repeated, nothing in the AWS API is duplicated or left behind, no two kOps ran at once,
 * and another preview shows no changes.
 */
describe("a killed operation", function () {
  this.timeout(10 * 60_000);
  let bed: Bed;
  let striking: Striking;

  before(async () => {
    bed = await makeBed();
    striking = await Striking.begin(bed);
  });
  after(() => bed.remove());

  it("returns to the old spec if kOps died amid the manifests and the change is reverted", async () => {
    await striking.perform({
      verb: "update",
      step: "SpecWritten",
      kill: "kops",
      moment: "middle",
      recovery: "reverted",
    });
  });

  it("is finished by the next up if kOps died in a roll, and nothing is repeated", async () => {
    await striking.perform({
      verb: "update",
      step: "NodesRolled",
      kill: "kops",
      moment: "middle",
      recovery: "as it is",
    });
  });

  it("takes a second change on top if the provider died at the end of a roll", async () => {
    await striking.perform({
      verb: "update",
      step: "ControlPlaneRolled",
      kill: "plugin",
      moment: "end",
      recovery: "second change",
    });
  });

  it("returns to the old spec if Pulumi died while a group was removed, then refreshed and reverted", async () => {
    await striking.perform({
      verb: "update",
      step: "GroupsLeft",
      kill: "pulumi",
      moment: "middle",
      recovery: "refreshed, reverted",
    });
  });

  it("is finished without leftovers if the provider died after kOps's delete, also after a refresh", async () => {
    await striking.perform({ verb: "delete", step: "Deleted", kill: "plugin", moment: "end", recovery: "refreshed" });
  });
});
