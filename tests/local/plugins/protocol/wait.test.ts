import { expect } from "chai";
import { waitFor } from "../../../../local/plugins/protocol/wait.ts";
import { rejection } from "../../rejection.ts";

describe("the wait for the cloud", () => {
  it("ends with the probe's result when it is done", async () => {
    let looks = 0;
    const found = await waitFor(() => Promise.resolve(++looks < 3 ? { pending: "not yet" } : { done: looks }), {
      what: "the thing",
      timeoutMs: 1_000,
      intervalMs: 1,
      signal: new AbortController().signal,
    });
    expect(found).to.equal(3);
  });

  it("fails on time-out with the last state", async () => {
    const error = await rejection(
      waitFor(() => Promise.resolve({ pending: "still creating" }), {
        what: "the thing",
        timeoutMs: 5,
        intervalMs: 1,
        signal: new AbortController().signal,
      }),
    );
    expect(error.message).to.equal("waited 0 s for the thing; last state: still creating");
  });

  it("ends at once when it is cancelled during a pause", async () => {
    const cancellation = new AbortController();
    const waiting = rejection(
      waitFor(
        () => {
          queueMicrotask(() => {
            cancellation.abort(new Error("stop"));
          });
          return Promise.resolve({ pending: "never" });
        },
        {
          what: "the thing",
          timeoutMs: 60_000,
          intervalMs: 60_000,
          signal: cancellation.signal,
        },
      ),
    );
    expect((await waiting).message).to.equal("stop");
  });

  it("passes on the probe's error", async () => {
    const error = await rejection(
      waitFor(() => Promise.reject(new Error("access denied")), {
        what: "the thing",
        timeoutMs: 60_000,
        signal: new AbortController().signal,
      }),
    );
    expect(error.message).to.equal("access denied");
  });
});
