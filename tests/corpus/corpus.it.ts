import { expect } from "chai";
import { runCorpus } from "./corpus.ts";

/** Very different shapes; `npm run test:corpus` runs the rest of the corpus. */
const representative = ["private-cilium-bastion", "public-kubenet", "custom-iam"];

describe("clusters of the corpus", function () {
  // Longer than the ten minutes for which kOps retries, so that it can report what it could not do.
  this.timeout(25 * 60_000);

  it("are created, change nothing when applied again or refreshed, and are deleted without a trace", async () => {
    const outcomes = await runCorpus(representative, representative.length, () => undefined);
    expect(outcomes.map(({ slug, problem }) => `${slug}: ${problem ?? "ok"}`)).to.deep.equal(
      representative.map((slug) => `${slug}: ok`),
    );
  });
});
