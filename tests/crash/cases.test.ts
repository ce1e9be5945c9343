import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { allCases, chains, covering, isMeant, nameOf, notApplicable, recoveries, steps } from "./cases.ts";

describe("the crash matrix", () => {
  it("has every step, kill, moment and recovery once", () => {
    const names = allCases().map(nameOf);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.have.length((7 + 11 + 5 + 3) * 3 * 3 * 5);
  });

  it("knows which moments do not exist", () => {
    expect(notApplicable({ verb: "update", step: "Pruned", kill: "kops", moment: "end" })).to.equal("kops has ended");
    expect(notApplicable({ verb: "delete", step: "Archived", kill: "kops", moment: "middle" })).to.equal(
      "no kops runs",
    );
    expect(notApplicable({ verb: "delete", step: "Archived", kill: "plugin", moment: "middle" })).to.equal(undefined);
    expect(notApplicable({ verb: "create", step: "Ended", kill: "plugin", moment: "middle" })).to.equal(
      "one write has no middle",
    );
    expect(notApplicable({ verb: "delete", step: "SubnetTagsUndone", kill: "pulumi", moment: "end" })).to.equal(
      "is the start of Ended",
    );
  });

  it("knows which recoveries do not exist", () => {
    const one = { verb: "delete", step: "ManifestsPutBack", kill: "plugin", moment: "start" } as const;
    expect(notApplicable({ ...one, recovery: "reverted" })).to.contain("nothing to bring the cluster back by");
    expect(notApplicable({ ...one, recovery: "refreshed" })).to.equal(undefined);
    expect(notApplicable({ ...one, moment: "middle", recovery: "reverted" })).to.equal(undefined);
  });

  it("has exactly the steps that the provider writes into the journal", async () => {
    const folder = join(import.meta.dirname, "..", "..", "providers", "kops");
    const written = new Set<string>();
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith(".ts")) continue;
      for (const [, name] of (await readFile(join(folder, file), "utf8")).matchAll(/\.step\("(\w+)"/g))
        if (name !== undefined) written.add(name);
    }
    // Not a step, but the end of an operation.
    for (const name of ["SubnetTagsUndone", "Ended"]) written.add(name);
    // Only in a recovery: `GroupsLeft`, reverted.
    written.delete("GroupsKept");
    // Only of `pilot roll`, which `tests/e2e/day-2.it.ts` kills.
    written.delete("NodesMarked");
    expect([...new Set(Object.values(steps).flat())].sort()).to.deep.equal([...written].sort());
  });

  it("is covered if each step, kill and moment comes once, and each kill, moment and verb meets each recovery", () => {
    const cover = covering();
    const withoutRecovery = cover.map((one) => nameOf({ ...one, recovery: "as it is" }));
    expect(new Set(withoutRecovery).size).to.equal(withoutRecovery.length);
    expect(withoutRecovery).to.have.length(allCases().length / recoveries.length);
    const there = cover.filter((one) => notApplicable(one) === undefined);
    for (const pair of ["kill", "moment", "verb"] as const) {
      const met = new Set(there.map((one) => `${one[pair]} ${one.recovery}`));
      const values = new Set(there.map((one) => one[pair]));
      expect(met.size, pair).to.equal(values.size * recoveries.length);
    }
    for (const step of ["SpecWritten", "NodesRolled", "GroupsLeft"]) {
      expect(
        new Set(there.filter((one) => one.verb === "update" && one.step === step).map(({ recovery }) => recovery)).size,
        step,
      ).to.equal(recoveries.length);
    }
  });

  it("is filtered by words in any order", () => {
    const [one] = allCases().filter((each) => nameOf(each) === "update/NodesRolled/kops/middle/second-change");
    expect(one).to.not.equal(undefined);
    if (!one) return;
    expect(isMeant(one, "kops/nodesrolled")).to.equal(true);
    expect(isMeant(one, "second")).to.equal(true);
    expect(isMeant(one, "nodesrolled/plugin")).to.equal(false);
  });

  it("deletes what the previous case has created", () => {
    const order = chains(allCases());
    expect(
      order
        .filter(([first]) => first?.verb === "create")
        .slice(0, 2)
        .map((chain) => chain.map(({ verb }) => verb)),
    ).to.deep.equal([
      ["create", "delete"],
      ["create", "delete"],
    ]);
    expect(order.flat()).to.have.length(allCases().length);
  });
});
