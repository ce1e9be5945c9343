import { expect } from "chai";
import { stateVersion, upgradeState } from "../../../../providers/kops/model/outputs.ts";

describe("a state of any age", () => {
  for (const [age, state, expected] of [
    [
      "without a version gains one and keeps everything",
      { name: "k1", endpoint: "https://a", conditions: [] },
      { name: "k1", endpoint: "https://a", conditions: [], stateVersion },
    ],
    ["of the current version stays the same", { name: "k1", stateVersion }, { name: "k1", stateVersion }],
    [
      "of a newer program stays the same",
      { name: "k1", stateVersion: stateVersion + 7, later: true },
      { name: "k1", stateVersion: stateVersion + 7, later: true },
    ],
    ["with an invalid version counts as the oldest", { stateVersion: "x" }, { stateVersion }],
    ["of a new resource stays empty", {}, {}],
  ] as const) {
    it(age, () => {
      expect(upgradeState(state)).to.deep.equal(expected);
    });
  }

  it("is not modified in place by its upgrade", () => {
    const state = Object.freeze({ name: "k1" });
    upgradeState(state);
    expect(state).to.deep.equal({ name: "k1" });
  });
});
