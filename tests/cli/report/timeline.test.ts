import { expect } from "chai";
import { mediansOf, phasesOf, phasesText, ticksOf, timelineOf } from "../../../cli/report/timeline.ts";
import { tickText } from "../../../cli/report/bars.ts";
import type { ReplacedNode } from "../../../providers/kops/store/history.ts";
import { failed, rolled, second, told } from "./samples.ts";

const end = Date.parse(second(100));

describe("the phases of a node", () => {
  for (const [what, node, expected] of [
    [
      "a replaced node",
      { drained: second(0), stopped: second(20), notJoined: second(70), valid: second(82) },
      "drain 20s, boot 50s, validation 12s",
    ],
    ["a node whose boot nobody saw", { stopped: second(0), valid: second(60) }, "boot and validation 1m00s"],
    ["a node without a drain", { stopped: second(0), notJoined: second(9), valid: second(9) }, "boot 9s"],
    ["a drain that did not end", { drained: second(40) }, "drain, not finished 1m00s"],
    ["a node that nobody validated", { stopped: second(40) }, "boot, no validation seen 1m00s"],
    [
      "a node of a removed group",
      { removed: true, drained: second(0), emptied: second(10), stopped: second(30) },
      "drain 10s, removal 20s",
    ],
    ["a removed node whose group is still there", { removed: true, drained: second(0) }, "drain, not finished 1m40s"],
  ] as [string, Partial<ReplacedNode>, string][])
    it(`are those of ${what}`, () => {
      expect(phasesText(phasesOf({ name: "a", ...node }, end))).to.equal(expected);
    });
});

describe("the axis of a timeline", () => {
  for (const [length, expected] of [
    [1, "0s 1s"],
    [4, "0s 1s 2s 3s 4s"],
    [61, "0s 30s 1m"],
    [1141, "0s 5m 10m 15m"],
    [4 * 3600, "0s 1h 2h 3h 4h"],
    [80 * 3600, "0s 24h 48h 72h"],
    [1000 * 3600, "0s 250h 500h 750h 1000h"],
  ] as const)
    it(`has few, round marks: ${length} s`, () => {
      expect(
        ticksOf(length * 1000)
          .map(tickText)
          .join(" "),
      ).to.equal(expected);
    });
});

describe("the timeline of an operation", () => {
  it("has steps in steps, nodes and waits on one axis", () => {
    const { length, steps, nodes, waits } = timelineOf(told(rolled));
    expect(length).to.equal(1_141_000);
    expect(steps.filter(({ depth }) => depth > 0).map(({ name }) => name)).to.deep.equal([
      "Rolled nodes",
      "Rolled spot",
    ]);
    expect(nodes[1]?.segments.map(({ kind, from, to }) => [kind, from / 1000, to / 1000])).to.deep.equal([
      ["drain", 222, 461],
      ["boot", 461, 540],
      ["validation", 540, 566],
    ]);
    expect(waits.map(({ name, segments }) => [name, segments.length])).to.deep.include(["the cluster to be valid", 3]);
    expect(mediansOf(nodes)).to.deep.equal([
      { kind: "drain", median: 21_000 },
      { kind: "boot", median: 86_000 },
      { kind: "validation", median: 26_000 },
    ]);
  });

  it("ends an open step and node where the operation ended", () => {
    const { steps, nodes } = timelineOf(told(failed));
    expect(steps.at(-1)?.segments).to.deep.equal([
      { kind: "open", from: 74_000, to: 1_000_000, label: "not finished" },
    ]);
    expect(nodes.at(-1)?.segments[0]).to.include({ kind: "open", to: 1_000_000 });
  });

  it("ends at the last thing noted, if the operation was killed, and now, while it runs", () => {
    const { ended, ...open } = failed;
    expect(ended).to.not.equal(undefined);
    const waits = open.waits.slice(0, 2);
    const record = { ...open, waits, events: [], result: "running" as const };
    expect(timelineOf(told(record, "interrupted")).length).to.equal(222_000);
    expect(timelineOf(told(record, "running")).length).to.equal(2_000_000);
  });

  it("begins with the wait for the lock, which is before the operation", () => {
    const { length, steps } = timelineOf(
      told({
        ...rolled,
        waits: [{ what: "the lock of the cluster", reason: "held by ann", begun: second(-60), ended: second(0) }],
      }),
    );
    expect([length, steps[0]?.segments[0]?.from]).to.deep.equal([1_201_000, 62_000]);
  });
});
