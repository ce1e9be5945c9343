import { expect } from "chai";
import { stateVersion, upgradeState } from "../../../../providers/kops/model/outputs.ts";

describe("a state of any age", () => {
  for (const [age, state, expected] of [
    [
      "of before states had a version gains one and keeps all it has",
      { name: "k1", endpoint: "https://a", conditions: [] },
      { name: "k1", endpoint: "https://a", conditions: [], stateVersion },
    ],
    ["of today stays as it is", { name: "k1", stateVersion }, { name: "k1", stateVersion }],
    [
      "of a newer program stays as it is",
      { name: "k1", stateVersion: stateVersion + 7, later: true },
      { name: "k1", stateVersion: stateVersion + 7, later: true },
    ],
    ["with a version that is none is taken for the oldest", { stateVersion: "x" }, { stateVersion }],
    ["that is empty, of a new resource, stays empty", {}, {}],
  ] as const) {
    it(age, () => {
      expect(upgradeState(state)).to.deep.equal(expected);
    });
  }

  it("is not changed by its upgrade", () => {
    const state = Object.freeze({ name: "k1" });
    upgradeState(state);
    expect(state).to.deep.equal({ name: "k1" });
  });
});
