import { expect } from "chai";
import { droppedFields } from "../../../../../providers/kops/kops-cli/output/index.ts";

describe("fields that kOps drops", () => {
  for (const [what, desired, stored, dropped] of [
    ["nothing, where all is there", { a: { b: [1, { c: "x" }] } }, { a: { b: [1, { c: "y" }] }, more: true }, []],
    [
      "every one, with its path",
      { a: { typo: 1, b: [{ typo: "x" }] }, typo: { c: true } },
      { a: { b: [{}] } },
      ["cluster.a.typo", "cluster.a.b[0].typo", "cluster.typo"],
    ],
    [
      "none that kOps leaves out when it is empty",
      { a: false, b: 0, c: "", d: [], e: {}, f: { g: [{ h: null }] } },
      {},
      [],
    ],
    ["none in a list that kOps made another", { a: [{ x: 1 }] }, { a: [] }, []],
    [
      "none that kOps writes under another key",
      { additionalPolicies: { "control-plane": "[]" }, externalPolicies: { "control-plane": ["a"], node: ["b"] } },
      { additionalPolicies: { master: "[]" }, externalPolicies: { master: ["a"], node: ["b"] } },
      [],
    ],
    [
      "none that older manifests have and nobody uses",
      { topology: { masters: "private", nodes: "private", dns: { type: "Public" } } },
      { topology: { dns: { type: "Public" } } },
      [],
    ],
  ] as const) {
    it(`are ${what}`, () => {
      expect(droppedFields(desired, stored, "cluster")).to.deep.equal(dropped);
    });
  }
});
