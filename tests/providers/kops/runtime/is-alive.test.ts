import { spawn } from "node:child_process";
import { expect } from "chai";
import { isAlive } from "../../../../providers/kops/runtime/is-alive.mjs";
import { waitFor } from "../../../../providers/kops/runtime/wait.ts";

describe("a process", () => {
  it("is alive while it works, and dead as a zombie", async () => {
    expect(isAlive(process.pid)).to.equal(true);
    // The shell starts a child, says its number, and never waits for it.
    const shell = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const child = await new Promise<number>((resolve) =>
        shell.stdout.once("data", (text: Buffer) => {
          resolve(Number(text.toString()));
        }),
      );
      await waitFor(
        () =>
          Promise.resolve(
            isAlive(child) ? { done: false as const, reason: "it lives" } : { done: true as const, value: undefined },
          ),
        {
          what: "the child",
          interval: 10,
          timeout: 5000,
          next: "-",
          signal: new AbortController().signal,
          progress: { say: () => undefined },
        },
      );
    } finally {
      shell.kill("SIGKILL");
    }
  });
});
