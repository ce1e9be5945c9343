import { expect } from "chai";
import { longestBetween, readClocks } from "../../../../providers/kops/runtime/clocks.mjs";

const begin = { wall: 1_000_000, steady: 500, boot: 700 };

describe("the clocks of who holds a lease", () => {
  for (const { what, wall, steady, boot, passed } of [
    { what: "all agree", wall: 10, steady: 10, boot: 10, passed: 10 },
    { what: "a suspend: timers and the steady clock stop", wall: 90_010, steady: 10, boot: 90_010, passed: 90_010 },
    {
      what: "a suspend with a wall clock that does not know of it",
      wall: 10,
      steady: 10,
      boot: 90_010,
      passed: 90_010,
    },
    {
      what: "a paused virtual machine: only the wall clock shows it",
      wall: 90_010,
      steady: 10,
      boot: 10,
      passed: 90_010,
    },
    { what: "a wall clock set back", wall: -3_600_000, steady: 10, boot: 10, passed: 10 },
    { what: "a wall clock set forward", wall: 3_600_000, steady: 10, boot: 10, passed: 3_600_000 },
    { what: "NTP slew of 500 ppm", wall: 45_022, steady: 45_000, boot: 45_000, passed: 45_022 },
    { what: "all set back", wall: -10, steady: 0, boot: -5, passed: 0 },
  ])
    it(`believes the one that went furthest: ${what}`, () => {
      const now = { wall: begin.wall + wall, steady: begin.steady + steady, boot: begin.boot + boot };
      expect(longestBetween(begin, now)).to.equal(passed);
    });

  it("never go back between two readings of this machine", () => {
    const [one, two] = [readClocks(), readClocks()];
    expect(two.steady).to.be.at.least(one.steady);
    expect(two.boot).to.be.at.least(one.boot);
  });
});
