import { expect } from "chai";
import { inexactNumbers, kopsYaml } from "../../../components/config/kops-yaml.ts";
import { yamlDocuments } from "../../../components/config/yaml.ts";

/** Printed by kOps 1.35.0 and 1.36.2, which read and wrote back an object with each line. */
const printed: [string, unknown][] = [
  ["d: 2026-11-30", { d: "2026-11-30" }],
  ["d: 2026-1-3", { d: "2026-1-3" }],
  ["d: 2026-11-30T10:00:00Z", { d: "2026-11-30T10:00:00Z" }],
  ["d: 2001-12-14 21:59:43.10 -5", { d: "2001-12-14 21:59:43.10 -5" }],
  ["2026-11-30: a", { "2026-11-30": "a" }],
  ["d: 0644", { d: 420 }],
  ["d: 0o14", { d: 12 }],
  ["d: 0o8", { d: "0o8" }],
  ["d: 08", { d: 8 }],
  ["d: 00", { d: 0 }],
  ["d: 0_7", { d: 7 }],
  ["d: 0777_7", { d: 4095 }],
  ["d: 012345678901", { d: 12345678901 }],
  ["d: 0x1F", { d: 31 }],
  ["d: -0x1f", { d: -31 }],
  ["d: 0X1", { d: 1 }],
  ["d: 0x", { d: "0x" }],
  ["d: 0b11", { d: 3 }],
  ["d: 0B1", { d: 1 }],
  ["d: 1_000", { d: 1000 }],
  ["d: 1__0", { d: 10 }],
  ["d: _1", { d: "_1" }],
  ["d: +5", { d: 5 }],
  ["d: 1e3", { d: 1000 }],
  ["d: 1e+3", { d: 1000 }],
  ["d: 1.", { d: 1 }],
  ["d: .5", { d: 0.5 }],
  ["d: -.5", { d: -0.5 }],
  ["d: 3.10", { d: 3.1 }],
  ["d: 1.5e400", { d: "1.5e400" }],
  ["d: 1:20", { d: "1:20" }],
  ["d: 190:20:30", { d: "190:20:30" }],
  ["d: yes", { d: true }],
  ["d: y", { d: true }],
  ["d: on", { d: true }],
  ["d: TRUE", { d: true }],
  ["d: tRue", { d: "tRue" }],
  ["d: No", { d: false }],
  ["d: N", { d: false }],
  ["d: off", { d: false }],
  ["yes: b", { true: "b" }],
  ["n: b", { false: "b" }],
  ["1: a", { "1": "a" }],
  ["1.5: a", { "1.5": "a" }],
  ["d: ~", { d: null }],
  ["d: NULL", { d: null }],
  ["d: =", { d: "=" }],
  ["d: <<", { d: "<<" }],
  ["d: {<<: {a: 1}, b: 2}", { d: { a: 1, b: 2 } }],
  ["a: &x {k: v}\nb: *x", { a: { k: "v" }, b: { k: "v" } }],
  ["d: !!str 5", { d: "5" }],
  ["d: !!int '3'", { d: 3 }],
  ["d: !!float 3", { d: 3 }],
  ["d: !!bool yes", { d: true }],
  ["d: !!binary aGk=", { d: "hi" }],
  ["d: !!set {a, b}", { d: { a: null, b: null } }],
  ["d: !!omap [a: 1]", { d: [{ a: 1 }] }],
  ["d: '2026-11-30'", { d: "2026-11-30" }],
];

describe("the values of a kOps manifest", () => {
  for (const [text, value] of printed)
    it(`are read as kOps reads them: ${text.replace("\n", ", ")}`, () => {
      const { documents, error } = yamlDocuments(text, kopsYaml);
      expect(error).to.equal(undefined);
      expect(documents.map((one) => one.value)).to.deep.equal([value]);
    });

  it("are named if a number cannot go to kOps as it was written", () => {
    const [document] = yamlDocuments(
      "a: {b: [1, 9007199254740993]}\nc: 12345678901234567890\nd: .inf\ne: .nan\nf: 1e21\ng: 0.1\nh: 9007199254740991",
      kopsYaml,
    ).documents;
    expect(inexactNumbers(document?.value).map(({ path }) => path.join("."))).to.deep.equal([
      "a.b.1",
      "c",
      "d",
      "e",
      "f",
    ]);
  });
});
