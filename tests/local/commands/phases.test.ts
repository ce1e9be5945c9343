import { expect } from "chai";
import { Phases } from "../../../local/commands/phases.ts";

describe("the time per phase", () => {
  it("is a table with the sum", () => {
    const phases = new Phases();
    phases.add("tools", 61_000);
    phases.add("pulumi up", 9_400);
    expect(phases.table()).to.equal("  tools      1m01s\n  pulumi up     9s\n  together   1m10s");
  });

  it("counts a failed phase, and passes the failure on", async () => {
    const phases = new Phases();
    const failure = new Error("no");
    expect(await phases.time("tools", () => Promise.reject(failure)).catch((error: unknown) => error)).to.equal(
      failure,
    );
    expect(phases.table()).to.match(/^ +tools +0s/);
  });
});
