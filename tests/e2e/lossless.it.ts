import { expect } from "chai";
import { makeHarness } from "../lossless/harness.ts";
import type { Harness } from "../lossless/harness.ts";
import { firstDesired } from "../lossless/desired.ts";
import { editKinds, nextEdit } from "../lossless/edits.ts";
import { randomOf } from "../lossless/random.ts";
import { Rounds } from "../lossless/round.ts";

/*
 * A handful of random edits (`npm run test:lossless` has all of it): those by which clusters were lost. After each:
 * preview and up refuse it, nothing is made, every living cluster has its manifests, keys, backups and instances, and
 * the next up of the last good state succeeds and finds all of it.
 */
describe("an edit that would lose a living cluster", function () {
  this.timeout(10 * 60_000);
  const random = randomOf(14);
  let harness: Harness;
  let rounds: Rounds;

  before(async () => {
    harness = await makeHarness(firstDesired());
    rounds = await Rounds.begin(harness, firstDesired());
  });
  after(() => harness.remove());

  const refused = async (name: string): Promise<void> => {
    const kinds = editKinds.filter((kind) => kind.name === name);
    const edit = nextEdit({ desired: rounds.good, random, facts: rounds.facts() }, kinds);
    const { preview, up, recovery, violations, outputs } = await rounds.perform(edit);
    const wrongs = violations.map(({ kind, what }) => `${kind}: ${what}`);
    expect({ edit: edit.description, preview, up, recovery, wrongs }, outputs["up"]).to.deep.equal({
      edit: edit.description,
      preview: "refused",
      up: "failed",
      recovery: "done",
      wrongs: [],
    });
  };

  it("by another state bucket is refused, and nothing is lost when it is taken back", () => refused("state-bucket"));

  it("by another cluster's manifest with other names is refused, and nothing is lost when it is taken back", () =>
    refused("copy-manifest-names-only"));

  it("by another cluster's name outside the zone is refused, and nothing is left when it is taken back", () =>
    refused("name-outside-zone"));
});
