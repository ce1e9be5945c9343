import { expect } from "chai";
import { estimate } from "../../../../../providers/kops/plan/document/estimate.ts";
import { nodeTimes, readNodeTimes } from "../../../../../providers/kops/plan/facts/replaced-nodes.ts";
import type { HistoryRecord, ReplacedNode } from "../../../../../providers/kops/store/history.ts";
import { historyName } from "../../../../../providers/kops/store/history.ts";
import { pilotKeysOf } from "../../../../../providers/kops/store/keys.ts";
import { memoryStore } from "../../memory-store.ts";
import { sampleInputs } from "../../samples.ts";

const inputs = sampleInputs();
const { name } = inputs;
const began = Date.parse("2026-11-30T12:00:00Z");
const at = (seconds: number): string => new Date(began + seconds * 1000).toISOString();

/** A replaced node of this group, which took so many seconds. */
const node = (group: string, seconds: number, changes: Partial<ReplacedNode> = {}): ReplacedNode => ({
  name: "i-1",
  group,
  drained: at(0),
  stopped: at(1),
  valid: at(seconds),
  ...changes,
});
const worker = (seconds: number, changes?: Partial<ReplacedNode>): ReplacedNode => node("nodes", seconds, changes);
const master = (seconds: number): ReplacedNode => node("control-plane-a", seconds);

describe("the times of replaced nodes", () => {
  for (const [what, records, expected] of [
    ["are none without history", [], {}],
    ["are the median, of all operations together", [[worker(60), worker(90)], [worker(300)]], { node: [90, 3] }],
    ["are the mean of the two in the middle", [[worker(60), worker(80), worker(10), worker(900)]], { node: [70, 4] }],
    [
      "are apart for control plane and workers",
      [[master(240), worker(60)], [master(260)]],
      { controlPlane: [250, 2], node: [60, 1] },
    ],
    [
      "leave out nodes whose cluster was never valid again, and groups that are gone",
      [[worker(60, { valid: undefined }), node("gone", 60), worker(61, { group: undefined })]],
      {},
    ],
    ["begin when an undrained node was stopped", [[worker(61, { drained: undefined })]], { node: [60, 1] }],
  ] as const) {
    it(what, () => {
      const found = nodeTimes(
        records.map((nodes) => ({ nodes: [...nodes] })),
        inputs,
      );
      expect(
        Object.fromEntries(Object.entries(found).map(([kind, { ms, nodes }]) => [kind, [ms / 1000, nodes]])),
      ).to.deep.equal(expected);
    });
  }

  const record = (index: number, nodes: ReplacedNode[]): HistoryRecord => ({
    version: 1,
    id: `0000000${index}`,
    cluster: name,
    verb: "update",
    owner: "sbx",
    by: { person: "a@b" },
    begun: at(index),
    result: "succeeded",
    kopsVersion: "1.35.0",
    changes: [],
    plan: {},
    waits: [],
    held: [],
    steps: [],
    nodes,
    events: [],
  });

  it("come from the five newest records; one that cannot be read is left out", async () => {
    const store = memoryStore();
    const keyOf = (one: HistoryRecord): string => `${pilotKeysOf(one.cluster).history}${historyName(one)}.json`;
    for (let index = 0; index < 8; index++)
      await store.put(keyOf(record(index, [])), JSON.stringify(record(index, [worker(index)])));
    await store.put(keyOf(record(8, [])), "{}");
    expect(await readNodeTimes({ store, inputs })).to.deep.equal({ node: { ms: 5500, nodes: 4 } });
  });

  it("are not measured where the history cannot be listed", async () => {
    const store = { ...memoryStore(), list: () => Promise.reject(new Error("AccessDenied")) };
    expect(await readNodeTimes({ store, inputs })).to.deep.equal({});
  });
});

describe("an estimate by the last rolls", () => {
  const rolls = [
    { group: "control-plane-a", controlPlane: true, nodes: 1, now: 1 },
    { group: "nodes", controlPlane: false, nodes: 6, now: 3 },
  ];
  const workers = { node: { ms: 80_000, nodes: 6 } };
  for (const [what, rolling, times, seconds, text] of [
    [
      "uses what nodes took, and says how many were measured",
      rolls.slice(1),
      workers,
      240,
      "about 4m, if each node takes 1m20s (measured over the last 6 nodes) to drain, boot and validate",
    ],
    [
      "assumes what was not measured",
      rolls,
      workers,
      450,
      "about 7m30s, if each control-plane node takes 3m (assumed), each node 1m20s (measured over the last 6 nodes) to " +
        "drain, boot and validate",
    ],
    [
      "takes no time of workers for a control plane",
      rolls.slice(0, 1),
      workers,
      210,
      "about 3m30s, if each node takes 3m to drain, boot and validate",
    ],
  ] as const) {
    it(what, () => {
      expect(estimate(rolling, inputs, times)).to.deep.include({ seconds, text });
    });
  }

  it("is never shorter than kOps's waits, which may have been shorter then", () => {
    const slow = { ...inputs, rollingUpdate: { nodeInterval: "10m" } };
    expect(estimate(rolls.slice(1), slow, workers)?.seconds).to.equal(1830);
  });
});
