import { expect } from "chai";
import { runtimeOptions, splitArguments } from "../../../../local/plugins/language-host/options.ts";

describe("runtime options of Pulumi.yaml", () => {
  it("have the official host's defaults", () => {
    expect(runtimeOptions({})).to.deep.equal({ typescript: true, nodeArgs: [] });
  });

  it("are read", () => {
    expect(runtimeOptions({ typescript: false, nodeargs: "--import tsx", tsconfig: "a.json" })).to.deep.equal({
      typescript: false,
      nodeArgs: ["--import", "tsx"],
      tsconfig: "a.json",
    });
  });

  it("are refused together if several are wrong", () => {
    expect(() => runtimeOptions({ typescript: "no", nodeargs: ["x"], nodeArgs: "x" })).to.throw(
      'unknown option "nodeArgs"; typescript must be true or false; nodeargs must be one string',
    );
  });

  for (const [line, words] of [
    ["", []],
    ["  --import   tsx ", ["--import", "tsx"]],
    [`--title "two words"`, ["--title", "two words"]],
    [`--title='two words' x`, ["--title=two words", "x"]],
    [String.raw`a\ b "c\"d" 'e\f'`, ["a b", `c"d`, String.raw`e\f`]],
    [`""`, [""]],
  ] as const) {
    it(`split ${JSON.stringify(line)} into ${JSON.stringify(words)}`, () => {
      expect(splitArguments(line)).to.deep.equal(words);
    });
  }
});
