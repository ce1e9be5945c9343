import { expect } from "chai";
import { bareArgs, makeBareCheckout } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";

const flags = ["--stack", "sbx", "--non-interactive"];

/** As many previews show the same: the program may end before or after the engine answers. */
const runs = 12;

describe("a refused cluster", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  before(async () => {
    bare = await makeBareCheckout();
  });
  after(() => bare.remove());

  it("has its error under its own name in every preview, never a stack trace under the stack", async () => {
    const args = bareArgs("k1", bare.infrastructure, "", { rollingUpdate: { nodeInterval: "soon" } });
    await bare.declare({ k1: args });
    const shown = new Map<string, number>();
    for (let run = 0; run < runs; run++) {
      const { output } = await bare.localFails("pulumi", "preview", ...flags);
      const text = output.slice(output.indexOf("Diagnostics:"));
      const kind = /kops:Cluster \(k1\):\s+error: Cluster k1\.bare\.internal would be refused:/.test(text)
        ? "under the cluster"
        : text;
      shown.set(/^\s+at /m.test(text) ? text : kind, (shown.get(kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(shown)).to.deep.equal({ "under the cluster": runs });
  });
});
