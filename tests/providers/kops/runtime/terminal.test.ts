import { expect } from "chai";
import { lookOf } from "../../../../providers/kops/runtime/terminal.ts";

describe("the look of a terminal", () => {
  const terminal = { isTTY: true, columns: 100 };
  for (const [what, stream, env, look] of [
    ["a terminal", terminal, {}, { width: 100, colour: true, live: true }],
    ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, { width: 100, colour: false, live: true }],
    ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, { width: 100, colour: true, live: true }],
    [
      "a terminal with NO_COLOR and FORCE_COLOR",
      terminal,
      { NO_COLOR: "1", FORCE_COLOR: "1" },
      { width: 100, colour: false, live: true },
    ],
    ["a terminal with FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, { width: 100, colour: false, live: true }],
    ["a dumb terminal", terminal, { TERM: "dumb" }, { width: undefined, colour: false, live: false }],
    ["a pipeline with a terminal", terminal, { CI: "true" }, { width: 100, colour: true, live: false }],
    ["a terminal with CI=false", terminal, { CI: "false" }, { width: 100, colour: true, live: true }],
    ["a terminal of no width", { isTTY: true, columns: 0 }, {}, { width: 80, colour: true, live: true }],
    ["a terminal that does not tell its width", { isTTY: true }, {}, { width: 80, colour: true, live: true }],
    ["a terminal with COLUMNS", terminal, { COLUMNS: "60" }, { width: 60, colour: true, live: true }],
    [
      "a terminal with COLUMNS that is no number",
      terminal,
      { COLUMNS: "wide" },
      { width: 100, colour: true, live: true },
    ],
    ["a very narrow terminal", { isTTY: true, columns: 8 }, {}, { width: 20, colour: true, live: true }],
    ["a pipe", {}, {}, { width: undefined, colour: false, live: false }],
    ["a pipe with COLUMNS", {}, { COLUMNS: "60" }, { width: undefined, colour: false, live: false }],
    ["a pipe with FORCE_COLOR", {}, { FORCE_COLOR: "1" }, { width: undefined, colour: true, live: false }],
  ] as const)
    it(`of ${what} is ${JSON.stringify(look)}`, () => {
      expect(lookOf(stream, env)).to.deep.equal(look);
    });
});
