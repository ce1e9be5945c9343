import { makeHarness } from "../crash/harness.ts";
import type { Harness } from "../crash/harness.ts";
import { CrashRunner } from "../crash/perform.ts";

/*
 * A handful of the crash matrix (`npm run test:crash` has all of it). After each: the cluster is as asked for and
 * Ready, no step that was finished is begun again, nothing in the AWS API is doubled or left behind, there never was a
 * second kops, and a further preview finds nothing to do.
 */
describe("a run that is killed", function () {
  this.timeout(10 * 60_000);
  let harness: Harness;
  let runner: CrashRunner;

  before(async () => {
    harness = await makeHarness();
    runner = await CrashRunner.begin(harness);
  });
  after(() => harness.remove());

  it(
    "because kops was killed when it had written only a part of the manifests, ends on what it was before when the " +
      "change is reverted",
    async () => {
      await runner.perform({
        verb: "update",
        step: "SpecWritten",
        kill: "kops",
        moment: "middle",
        recovery: "reverted",
      });
    },
  );

  it("because kops was killed in a roll, is finished by the next up, which repeats nothing", async () => {
    await runner.perform({
      verb: "update",
      step: "NodesRolled",
      kill: "kops",
      moment: "middle",
      recovery: "as it is",
    });
  });

  it("because the provider was killed when a roll's work was done, takes a second change on top", async () => {
    await runner.perform({
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
      await runner.perform({
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
      await runner.perform({ verb: "delete", step: "Deleted", kill: "plugin", moment: "end", recovery: "refreshed" });
    },
  );
});
