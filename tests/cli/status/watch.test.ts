import { expect } from "chai";
import { clusterStatusOf, type Facts } from "../../../cli/status/compose.ts";
import { bar, transitions } from "../../../cli/status/frame.ts";
import { watchCluster, type Screen } from "../../../cli/status/watch.ts";
import { writeHistory } from "../../../providers/kops/store/history.ts";
import { journalText, type Journal } from "../../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../../providers/kops/store/keys.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";
import { at, cluster, groups, inRoll, journal, pause, ready, record, rolling, spec, statusOf } from "./cases.ts";

describe("transitions of a cluster", () => {
  const running = statusOf("rolling");

  it("are told once, a line each", () => {
    expect(transitions(undefined, running)).to.deep.equal([
      "update running by ann@laptop, begun 2026-11-30T12:00:00.000Z",
      "rolling nodes",
      "i-0a1 of nodes: replaced in 4m00s (1/4)",
      "i-0a2 of nodes: replaced, its successor has not joined (1/4)",
      'rolling 2/4 waits: machine "i-0b2" has not yet joined cluster',
    ]);
    expect(transitions(running, running)).to.deep.equal([]);
  });

  it("are pauses, ends and kills, too", () => {
    expect(transitions(running, statusOf("killed"))).to.deep.equal(["update killed"]);
    expect(transitions(running, clusterStatusOf({ ...inRoll, pause }))).to.deep.equal([
      "paused by kim@desk since 2026-11-30T12:08:00.000Z: until the sale ends",
    ]);
    const ended = { name: "x", record: record({ ended: at(9), result: "succeeded" }) };
    expect(transitions(running, clusterStatusOf({ ...ready, records: [ended] }))).to.deep.equal([
      "update succeeded at 2026-11-30T12:09:00.000Z",
    ]);
  });
});

describe("the progress bar", () => {
  for (const [done, total, text] of [
    [0, 4, "░░░░░░░░"],
    [1, 4, "██░░░░░░"],
    [3, 7, "███░░░░░"],
    [4, 4, "████████"],
    [0, 0, "░░░░░░░░"],
  ] as const)
    it(`is ${text} with ${done} of ${total}`, () => {
      expect(bar(done, total, 8)).to.equal(text);
    });
});

describe("a watch", () => {
  const { operation } = rolling;
  if (!operation) throw new Error("nothing rolls");
  /** A store with a roll, a clock that a wait moves, and what happens at which second. */
  async function stage(events: Readonly<Record<number, (stop: AbortController) => unknown>>, live: boolean) {
    const store = memoryStore();
    const put = (value: Journal): Promise<string> => store.put(pilotKeysOf(cluster).journal, journalText(value));
    await put(rolling);
    await store.put(`${cluster}/config`, JSON.stringify({ kind: "Cluster", spec }));
    for (const [name, one] of Object.entries(groups))
      await store.put(`${cluster}/instancegroup/${name}`, JSON.stringify({ kind: "InstanceGroup", spec: one }));
    await writeHistory(store, record());
    const began = inRoll.now.getTime();
    let clock = began;
    const stop = new AbortController();
    const frames: string[][] = [];
    let left = false;
    const screen: Screen = { show: (lines) => frames.push([...lines]), done: () => void (left = true) };
    const printed: string[] = [];
    const looks: boolean[] = [];
    let seen: string[] = [];
    const run = (facts: Facts = inRoll) =>
      watchCluster({
        ...{ store, facts, signal: stop.signal, look: () => ({ width: 80, colour: false }) },
        screen: live ? screen : undefined,
        print: (line) => printed.push(line),
        now: () => new Date(clock),
        async sleep(ms) {
          clock += ms;
          for (const [second, act] of Object.entries(events))
            if (clock - began >= Number(second) * 1000 && clock - began < Number(second) * 1000 + ms) await act(stop);
        },
        statusOf(one, fresh) {
          looks.push(fresh);
          seen = Object.keys(one.groups);
          // The memory has no lock that ages.
          const { lock } = one.journal?.operation ? inRoll : ready;
          return Promise.resolve(clusterStatusOf({ ...one, lock, cloud: inRoll.cloud, kubernetes: undefined }));
        },
      });
    const end = async (): Promise<void> => {
      await writeHistory(store, record({ ended: at(11), result: "succeeded" }));
      await put(journal);
    };
    return { run, store, end, frames, printed, looks, left: () => left, groups: () => seen };
  }

  it("ends with the operation, and prints what changed without a terminal", async () => {
    const stages = await stage({ 9: () => stages.end() }, false);
    expect(await stages.run()).to.equal(3);
    expect(stages.printed.at(-2)).to.equal(`${cluster}: update succeeded at 2026-11-30T12:11:00.000Z`);
    expect(stages.printed.at(-1)).to.equal(`${cluster}: waiting; nodes wait for a roll: 2 of nodes`);
    expect(stages.looks.at(-1), "AWS is asked again at the end").to.equal(true);
  });

  it("ends with a deletion, whose journal goes last", async () => {
    const deleting: Journal = { ...rolling, operation: { ...operation, verb: "delete" } };
    const stages = await stage({ 9: () => stages.store.delete(pilotKeysOf(cluster).journal) }, false);
    await stages.store.put(pilotKeysOf(cluster).journal, journalText(deleting));
    expect(await stages.run({ ...inRoll, journal: deleting })).to.equal(0);
    expect(stages.printed.at(-1)).to.equal(`${cluster}: deleted`);
  });

  it("sees groups that a step wrote", async () => {
    const next: Journal = {
      ...rolling,
      operation: { ...operation, steps: [...operation.steps, { name: "Rolled more", begun: at(10) }] },
    };
    const stages = await stage(
      {
        6: async () => {
          await stages.store.put(`${cluster}/instancegroup/more`, JSON.stringify({ spec: { role: "Node" } }));
          await stages.store.put(pilotKeysOf(cluster).journal, journalText(next));
        },
        12: () => stages.end(),
      },
      false,
    );
    await stages.run();
    expect(stages.groups()).to.include.members(["nodes", "more"]);
    expect(stages.printed).to.include(`${cluster}: rolling more`);
  });

  it("shows a frame each second on a terminal, and asks AWS every 15 seconds", async () => {
    const stages = await stage({ 60: () => stages.end() }, true);
    await stages.run();
    expect(stages.frames.length).to.be.within(58, 66);
    expect(stages.looks.filter(Boolean).length).to.be.within(5, 7);
    expect(stages.left()).to.equal(true);
  });

  it("waits for an operation on a terminal, and not in a pipeline", async () => {
    const waiting = await stage(
      {
        30: (stop) => {
          stop.abort();
        },
      },
      true,
    );
    await waiting.store.put(pilotKeysOf(cluster).journal, journalText(journal));
    expect(await waiting.run(ready)).to.equal(130);
    expect(waiting.frames[0]?.join()).to.contain("no operation runs: waiting for one, Ctrl-C ends");
    const pipeline = await stage({}, false);
    expect(await pipeline.run({ ...ready, cloud: undefined })).to.equal(3);
    expect(pipeline.looks).to.have.length(1);
  });

  it("ends at Ctrl-C with 130, and leaves the last frame", async () => {
    const stages = await stage(
      {
        5: (stop) => {
          stop.abort();
        },
      },
      true,
    );
    expect(await stages.run()).to.equal(130);
    expect(stages.left()).to.equal(true);
  });

  it("goes on when the store does not answer for a while, says so, and gives up after a minute", async () => {
    const stages = await stage(
      {
        6: () => {
          stages.store.get = () => Promise.reject(new Error("no answer"));
        },
      },
      true,
    );
    await stages.run().then(
      () => expect.fail("it went on for ever"),
      (error: unknown) => expect(String(error)).to.contain("no answer"),
    );
    expect(stages.frames.at(-1)?.join(" ")).to.contain("the state store was not read, trying again: no answer");
  });
});
