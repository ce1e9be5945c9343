import { expect } from "chai";
import { arrivedIn, movedStoreProblem } from "../../../components/state-store/moved-store.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";

const waiting = { from: "s3://old", waiting: ["k1.sbx.example.com"] };

describe("a move to another state bucket", () => {
  for (const [what, endings, arrived, problem] of [
    [
      "purge while control planes boot from the former bucket",
      { onDestroy: "purge" },
      waiting,
      "k1.sbx.example.com moved to s3://fresh and still boot from s3://old",
    ],
    [
      "a retain that no run has applied yet",
      { onDestroy: "retain", before: "purge" },
      waiting,
      "k1.sbx.example.com moved to s3://fresh",
    ],
    ["retain", { onDestroy: "retain" }, waiting, undefined],
    ["retain since the last run", { onDestroy: "retain", before: "retain" }, waiting, undefined],
    ["purge after all clusters have switched", { onDestroy: "purge" }, { ...waiting, waiting: [] }, undefined],
    ["purge if no cluster came from elsewhere", { onDestroy: "purge" }, undefined, undefined],
  ] as const) {
    it(`is ${problem === undefined ? "accepted" : "refused"} with ${what}`, () => {
      const said = movedStoreProblem(endings, "fresh", arrived);
      if (problem === undefined) expect(said).to.equal(undefined);
      else expect(said).to.contain(problem);
    });
  }

  it("names clusters that no run has applied from the new bucket yet", async () => {
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
