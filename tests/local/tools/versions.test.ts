import { expect } from "chai";
import { compareVersions, isNewEnough } from "../../../local/tools/versions.ts";

describe("versions of tools", () => {
  const rising = [
    "1.9.9",
    "1.10.0-alpha.1",
    "1.10.0-alpha.2",
    "1.10.0-beta.1",
    "1.10.0",
    "1.10.1",
    "v1.34.3",
    "2.0.0",
    "10",
  ];

  it("are ordered by number, a pre-release before its release", () => {
    expect([...rising].reverse().sort(compareVersions)).to.deep.equal(rising);
  });

  it("are equal with and without a leading v, and with missing zeros", () => {
    expect(compareVersions("v1.2.0", "1.2")).to.equal(0);
  });

  for (const [installed, desired, expected] of [
    ["3.250.0", "3.250.0", true],
    ["v3.251.1", "3.250.0", true],
    ["3.249.9", "3.250.0", false],
    ["3.250.0-alpha.1", "3.250.0", false],
    ["4.0.0", "3.250.0", false],
    ["v1.32.4-dispatcher", "1.32.0", true],
    ["nonsense", "3.250.0", false],
    ["", "3.250.0", false],
  ] as const) {
    it(`${installed || "nothing"} ${expected ? "suffice" : "do not suffice"} as ${desired}`, () => {
      expect(isNewEnough(installed, desired)).to.equal(expected);
    });
  }
});
