import { expect } from "chai";
import { isDue, linesOn, LiveLine, step } from "../../../../providers/kops/runtime/long-work.ts";
import type { Clock, Lines } from "../../../../providers/kops/runtime/long-work.ts";

/** A clock that `pass` moves. */
function clock(): Clock & { pass(seconds: number): void; running: number } {
  let now = 0;
  const calls = new Set<{ each: number; call: () => void }>();
  return {
    now: () => now,
    every(each, call) {
      const one = { each, call };
      calls.add(one);
      return () => calls.delete(one);
    },
    pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        for (const { each, call } of calls) if (now % each === 0) call();
      }
    },
    get running() {
      return calls.size;
    },
  };
}

describe("long work", () => {
  it("is told in few lines without a terminal, and is never silent for longer than a minute", async () => {
    const said: string[] = [];
    const time = clock();
    await step(
      { say: (text) => said.push(text) },
      "copying 400 objects",
      (detail) => {
        time.pass(12);
        detail("80 of 400");
        time.pass(138);
        return Promise.resolve();
      },
      { clock: time },
    );
    expect(said).to.deep.equal([
      "copying 400 objects ...",
      "  copying 400 objects (10s)",
      "  copying 400 objects: 80 of 400 (30s)",
      "  copying 400 objects: 80 of 400 (1m00s)",
      "  copying 400 objects: 80 of 400 (2m00s)",
      "copying 400 objects: done (2m30s)",
    ]);
    expect(time.running).to.equal(0);
  });

  it("is told as failed, and the failure is passed on", async () => {
    const said: string[] = [];
    const failure = new Error("no");
    const ended = step({ say: (text) => said.push(text) }, "building", () => Promise.reject(failure), {
      clock: clock(),
    });
    expect(await ended.catch((error: unknown) => error)).to.equal(failure);
    expect(said).to.deep.equal(["building ...", "building: failed (0s)"]);
  });

  it("says nothing if it is brief and quick", async () => {
    for (const [seconds, lines] of [
      [9, []],
      [11, ["  asking AWS (10s)", "asking AWS: done (11s)"]],
    ] as const) {
      const said: string[] = [];
      const time = clock();
      await step(
        { say: (text) => said.push(text) },
        "asking AWS",
        () => {
          time.pass(seconds);
          return Promise.resolve();
        },
        { clock: time, brief: true },
      );
      expect(said).to.deep.equal(lines);
    }
  });

  it("leaves the time to lines that have it already", async () => {
    const said: string[] = [];
    await step({ say: (text) => said.push(text), timed: true }, "copying", () => Promise.resolve(), { clock: clock() });
    expect(said).to.deep.equal(["copying ...", "copying: done"]);
  });

  it("is due at ten seconds, half a minute, and each minute", () => {
    const due = Array.from({ length: 18 }, (_, index) => index + 1).filter(isDue);
    expect(due).to.deep.equal([1, 3, 6, 12, 18]);
  });
});

describe("the updated line of a terminal", () => {
  /** What a terminal shows in the end. */
  function screen(written: string): string[] {
    const lines = [""];
    for (const part of written.replaceAll("\r\u001b[2K", "\r").split(/([\r\n])/)) {
      if (part === "\n") lines.push("");
      else if (part === "\r") lines[lines.length - 1] = "";
      else lines[lines.length - 1] = `${lines.at(-1) ?? ""}${part}`;
    }
    return lines;
  }
  const stage = (width: number): { lines: Lines; shown: () => string[] } => {
    let written = "";
    const live = new LiveLine(
      (text) => {
        written += text;
      },
      () => ({ width, colour: false }),
    );
    return {
      lines: {
        say: (text) => {
          live.say(text);
        },
        live,
      },
      shown: () => screen(written),
    };
  };

  it("shows all that is worked on, and disappears with it", async () => {
    const { lines, shown } = stage(120);
    const time = clock();
    await step(
      lines,
      "building kops",
      async (detail) => {
        detail("12 packages");
        time.pass(3);
        await step(
          lines,
          "downloading Go",
          () => {
            time.pass(1);
            lines.say("a line that stays");
            expect(shown()).to.deep.equal([
              "a line that stays",
              "building kops: 12 packages (4s) | downloading Go (1s)",
            ]);
            return Promise.resolve();
          },
          { clock: time },
        );
      },
      { clock: time },
    );
    expect(shown()).to.deep.equal(["a line that stays", "downloading Go: done (1s)", "building kops: done (4s)", ""]);
  });

  for (const width of [20, 40, 80])
    it(`never wraps on ${width} columns`, async () => {
      const { lines, shown } = stage(width);
      await step(
        lines,
        "building the Kubernetes control plane of the local cloud from source",
        (detail) => {
          detail("1234 packages compiled, waiting for another build");
          expect((shown().at(-1) ?? "").length).to.be.lessThan(width);
          return Promise.resolve();
        },
        { clock: clock() },
      );
    });
});

describe("lines on a stream", () => {
  const terminal = { isTTY: true, columns: 80 };
  for (const [what, stream, env, live] of [
    ["a terminal", terminal, {}, true],
    ["a pipe", {}, {}, false],
    ["a dumb terminal", terminal, { TERM: "dumb" }, false],
    ["a pipeline with a terminal", terminal, { CI: "true" }, false],
  ] as const)
    it(`of ${what} are ${live ? "updated" : "only added, without a control character"}`, async () => {
      let written = "";
      const lines = linesOn({ ...stream, write: (text: string) => (written += text) }, env);
      await step(lines, "building", () => Promise.resolve(), { clock: clock() });
      if (live) expect(written).to.contain("\u001b[2K");
      else expect(written).to.equal("building ...\nbuilding: done (0s)\n");
    });
});
