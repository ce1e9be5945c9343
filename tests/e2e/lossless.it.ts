import { expect } from "chai";
import { makeHarness } from "../lossless/harness.ts";
import type { Harness } from "../lossless/harness.ts";
import { firstDesired } from "../lossless/desired.ts";
import { editKinds, nextEdit } from "../lossless/edits.ts";
import { randomOf } from "../lossless/random.ts";
import { Rounds } from "../lossless/round.ts";

/*
 * Three of the random edits (`npm run test:lossless` runs all): those that once lost a cluster. After each, preview and
 * up refuse it, nothing is made, every living cluster has its manifests, keys, backups and instances, and the next up
 * of the last good state succeeds.
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

  it("is refused when it sets another state bucket, and nothing is lost after the revert", () =>
    refused("state-bucket"));

  it("is refused when it copies a manifest under other names, and nothing is lost after the revert", () =>
    refused("copy-manifest-names-only"));

  it("is refused when it names a cluster outside the zone, and nothing is left after the revert", () =>
    refused("name-outside-zone"));
});
