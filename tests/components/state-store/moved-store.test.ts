import { expect } from "chai";
import { arrivedIn, movedStoreProblem } from "../../../components/state-store/moved-store.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";

const waiting = { from: "s3://old", waiting: ["k1.sbx.example.com"] };

describe("a state bucket that clusters moved to", () => {
  for (const [what, endings, arrived, problem] of [
    [
      "purge, while control planes boot from the former bucket",
      { onDestroy: "purge" },
      waiting,
      "k1.sbx.example.com moved to s3://fresh and still boot from s3://old",
    ],
    [
      "retain that no up has made true yet",
      { onDestroy: "retain", before: "purge" },
      waiting,
      "k1.sbx.example.com moved to s3://fresh",
    ],
    ["retain", { onDestroy: "retain" }, waiting, undefined],
    ["retain since the last up", { onDestroy: "retain", before: "retain" }, waiting, undefined],
    ["purge, when all have switched", { onDestroy: "purge" }, { ...waiting, waiting: [] }, undefined],
    ["purge, where no cluster came from elsewhere", { onDestroy: "purge" }, undefined, undefined],
  ] as const) {
    it(`is ${problem === undefined ? "taken" : "refused"} with ${what}`, () => {
      const said = movedStoreProblem(endings, "fresh", arrived);
      if (problem === undefined) expect(said).to.equal(undefined);
      else expect(said).to.contain(problem);
    });
  }

  it("names those that no run has applied from there yet", async () => {
    const store = memoryStore();
    expect(await arrivedIn(store)).to.equal(undefined);
    const journal = (switched?: string): string =>
      JSON.stringify({
        version: 1,
        cluster: "k",
        owner: "o",
        conditions: [],
        instanceGroups: [],
        movedFrom: { store: "s3://old", at: "x", etags: {}, copied: {}, ...(switched && { switched }) },
      });
    await store.put(
      "_pilot/moved-from.json",
      JSON.stringify({ version: 1, from: "s3://old", clusters: ["k1.a", "k2.a", "k3.a"], at: "x" }),
    );
    await store.put("_pilot/k1.a/journal.json", journal());
    await store.put("_pilot/k2.a/journal.json", journal("2026-11-21T09:00:00Z"));
    expect(await arrivedIn(store)).to.deep.equal({ from: "s3://old", waiting: ["k1.a"] });
  });
});
