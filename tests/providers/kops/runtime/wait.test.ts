import { expect } from "chai";
import { waitFor } from "../../../../providers/kops/runtime/wait.ts";

describe("a wait", () => {
  const signal = new AbortController().signal;

  it("reports each new reason once, and returns the value", async () => {
    const said: string[] = [];
    const reasons = ["a", "a", "b"];
    const value = await waitFor(
      () => {
        const reason = reasons.shift();
        return Promise.resolve(
          reason === undefined ? { done: true as const, value: 7 } : { done: false as const, reason },
        );
      },
      { what: "x", interval: 1, timeout: 1000, next: "n", signal, progress: { say: (text) => said.push(text) } },
    );
    expect(value).to.equal(7);
    expect(said).to.deep.equal(["waiting for x: a", "waiting for x: b"]);
  });

  it("fails with the last reason it saw", async () => {
    let thrown: unknown;
    try {
      await waitFor(() => Promise.resolve({ done: false as const, reason: "node i-1 is not ready" }), {
        what: "the cluster",
        interval: 1,
        timeout: 0,
        next: "look",
        signal,
        progress: { say: () => undefined },
      });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(Error).with.property("name", "TimeoutError");
    expect((thrown as Error).message).to.contain("node i-1 is not ready");
  });

  it("ends when the probe throws", async () => {
    let thrown: unknown;
    try {
      await waitFor(() => Promise.reject(new Error("access denied")), {
        what: "x",
        interval: 1,
        timeout: 1000,
        next: "n",
        signal,
        progress: { say: () => undefined },
      });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).message).to.equal("access denied");
  });
});
