import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import type { Child } from "../../../../local/cloud/supervision/child.ts";
import { keepAlive } from "../../../../local/cloud/supervision/supervise.ts";
import { Turns } from "../../../../local/base/turns.ts";

class FakeChild implements Child {
  readonly identity = { pid: 1, began: "now" };
  readonly announcement = {};
  readonly ended: Promise<string>;
  end: (why: string) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  stop(): Promise<void> {
    this.end("it was stopped");
    return Promise.resolve();
  }
}

describe("a supervised child", () => {
  const quiet = (): void => undefined;

  it("is started again, with a report, when it ends by itself", async () => {
    const children: FakeChild[] = [];
    const told: (string | undefined)[] = [];
    let back: () => void = () => undefined;
    const isBack = new Promise<void>((resolve) => {
      back = resolve;
    });
    const supervised = await keepAlive({
      name: "child",
      log: quiet,
      onChange: (problem) => {
        told.push(problem);
        if (told.length === 3) back();
      },
      start: () => {
        const child = new FakeChild();
        children.push(child);
        return Promise.resolve(child);
      },
    });
    children[0]?.end("it ended with exit code 1");
    await isBack;
    expect(children).to.have.length(2);
    expect(told).to.deep.equal([undefined, "it ended with exit code 1; it is being started again", undefined]);
    await supervised.stop();
  });

  it("is a new one after a restart", async () => {
    const children: FakeChild[] = [];
    let up = 0;
    let again: () => void = () => undefined;
    const isUpAgain = new Promise<void>((resolve) => {
      again = resolve;
    });
    const supervised = await keepAlive({
      name: "child",
      log: quiet,
      onChange: (problem) => {
        if (problem === undefined && ++up === 2) again();
      },
      start: () => {
        const child = new FakeChild();
        children.push(child);
        return Promise.resolve(child);
      },
    });
    await supervised.restart();
    await isUpAgain;
    expect(children).to.have.length(2);
    await supervised.stop();
  });

  it("is not started again after a stop", async () => {
    let starts = 0;
    const supervised = await keepAlive({
      name: "child",
      log: quiet,
      onChange: quiet,
      start: () => {
        starts++;
        return Promise.resolve(new FakeChild());
      },
    });
    await supervised.stop();
    await nextTurn();
    expect(starts).to.equal(1);
  });

  it("passes the failure of its first start to the caller", async () => {
    const attempt = keepAlive({
      name: "child",
      log: quiet,
      onChange: quiet,
      start: () => Promise.reject(new Error("no such program")),
    });
    expect(
      await attempt.then(
        () => "started",
        (error: unknown) => String(error),
      ),
    ).to.contain("no such program");
  });
});

describe("turns", () => {
  it("run a limited number of tasks at once, in their order", async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const tasks = [0, 1, 2, 3].map((index) =>
      turns.take(() => {
        begun.push(index);
        return new Promise<void>((resolve) => {
          ends[index] = resolve;
        });
      }),
    );
    await nextTurn();
    expect(begun).to.deep.equal([0, 1]);
    ends[1]?.();
    await nextTurn();
    expect(begun).to.deep.equal([0, 1, 2]);
    ends[0]?.();
    ends[2]?.();
    await nextTurn();
    ends[3]?.();
    await Promise.all(tasks);
    expect(begun).to.deep.equal([0, 1, 2, 3]);
  });

  it("continue after a failed task", async () => {
    const turns = new Turns(1);
    const first = turns.take(() => Promise.reject(new Error("failed")));
    const second = turns.take(() => Promise.resolve("done"));
    expect(await first.catch((error: unknown) => String(error))).to.contain("failed");
    expect(await second).to.equal("done");
  });
});
