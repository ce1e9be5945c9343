import { expect } from "chai";
import { runCorpus } from "./corpus.ts";

/** Shapes far from each other: the rest of the corpus is run by `npm run test:corpus`. */
const representative = ["private-cilium-bastion", "public-kubenet", "custom-iam"];

describe("clusters of the corpus", function () {
  // Above the ten minutes for which kOps retries by itself: it is to say what it could not do.
  this.timeout(25 * 60_000);

  it("come, change nothing when applied again or refreshed, and go without a trace", async () => {
    const outcomes = await runCorpus(representative, representative.length, () => undefined);
    expect(outcomes.map(({ slug, problem }) => `${slug}: ${problem ?? "ok"}`)).to.deep.equal(
      representative.map((slug) => `${slug}: ok`),
    );
  });
});
