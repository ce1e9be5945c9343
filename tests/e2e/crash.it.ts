import { makeBed } from "../crash/bed.ts";
import type { Bed } from "../crash/bed.ts";
import { Striking } from "../crash/perform.ts";

/*
 * A handful of the crash matrix (`npm run test:crash` has all of it). After each: the cluster is up to date and
 * Ready, no step that was finished is begun again, nothing in the AWS API is doubled or left behind, there never was a
 * second kops, and a further preview finds nothing to do.
 */
describe("a run that is killed", function () {
  this.timeout(10 * 60_000);
  let bed: Bed;
  let striking: Striking;

  before(async () => {
    bed = await makeBed();
    striking = await Striking.begin(bed);
  });
  after(() => bed.remove());

  it(
    "because kops was killed when it had written only a part of the manifests, ends on what it was before when the " +
      "change is reverted",
    async () => {
      await striking.perform({
        verb: "update",
        step: "SpecWritten",
        kill: "kops",
        moment: "middle",
        recovery: "reverted",
      });
    },
  );

  it("because kops was killed in a roll, is finished by the next up, which repeats nothing", async () => {
    await striking.perform({
      verb: "update",
      step: "NodesRolled",
      kill: "kops",
      moment: "middle",
      recovery: "as it is",
    });
  });

  it("because the provider was killed when a roll's work was done, takes a second change on top", async () => {
    await striking.perform({
      verb: "update",
      step: "ControlPlaneRolled",
      kill: "plugin",
      moment: "end",
      recovery: "second change",
    });
  });

  it(
    "because pulumi was killed while a group left, ends on what it was before when the change is reverted, though " +
      "a refresh made Pulumi forget it",
    async () => {
      await striking.perform({
        verb: "update",
        step: "GroupsLeft",
        kill: "pulumi",
        moment: "middle",
        recovery: "refreshed, reverted",
      });
    },
  );

  it(
    "because the provider was killed when kOps had deleted the cluster, is finished by the next up, which leaves " +
      "nothing, though a refresh came before it",
    async () => {
      await striking.perform({ verb: "delete", step: "Deleted", kill: "plugin", moment: "end", recovery: "refreshed" });
    },
  );
});
