import { expect } from "chai";
import { rollFlags } from "../../../../../providers/kops/kops-cli/flags.ts";

describe("the flags of a roll", () => {
  it("leave out unset options, so that kOps's defaults apply", () => {
    expect(rollFlags({})).to.deep.equal([]);
  });
  it("include an option set to zero", () => {
    expect(rollFlags({ validateCount: 0, nodeInterval: "2m" })).to.deep.equal([
      "--node-interval=2m",
      "--validate-count=0",
    ]);
  });
});
