import { expect } from "chai";
import { elapsed, isDuration, milliseconds } from "../../../../providers/kops/model/durations.ts";

describe("durations", () => {
  for (const [text, ms] of [
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
  ] as const) {
    it(`read ${text} as Go does`, () => {
      expect(milliseconds(text)).to.equal(ms);
    });
  }
  for (const text of ["15", "", "s", "1d", "-5s", "1 m"]) {
    it(`refuse "${text}"`, () => {
      expect(isDuration(text)).to.equal(false);
    });
  }
  it("are printed for people", () => {
    expect([4_000, 724_000, 3_720_000].map(elapsed)).to.deep.equal(["4s", "12m04s", "1h02m"]);
  });
});
