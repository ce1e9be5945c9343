import { expect } from "chai";
import { exitCodeOf } from "../../../cli/status/compose.ts";
import { statusDocument } from "../../../cli/status/document.ts";
import { nextText } from "../../../cli/status/lines.ts";
import { lockStatus, operationStatus, phaseOf } from "../../../cli/status/operation.ts";
import { paceOf, secondsLeft } from "../../../cli/status/time-left.ts";
import type { LockContent } from "../../../providers/kops/store/lock-claim.ts";
import { at, cases, earlier, lock, now, record, rolling, statusOf } from "./cases.ts";

describe("the state of a cluster", () => {
  for (const [name, state, why, next] of [
    ["ready", "ready", /^$/, undefined],
    [
      "rolling",
      "running",
      /^update runs for 10m00s \(rolling nodes\), 1 of 4 .*, joining i-0a2, about 6m18s left$/,
      /--watch$/,
    ],
    ["killed", "killed", /^update was killed \(rolling nodes\)/, /^pulumi up .*continues it$/],
    ["paused", "stopped", /^update stopped .*; paused by kim@desk since .*: until the sale ends$/, /^npx pilot resume/],
    ["failed", "failed", /^update failed/, /^pulumi up/],
    ["nodes wait", "waiting", /^nodes wait for a roll: 1 of nodes$/, /^pulumi preview/],
    ["nothing answers", "ready", /^$/, undefined],
    ["unmanaged", "unmanaged", /^made without this program/, undefined],
  ] as const)
    it(`is ${state}: ${name}`, () => {
      const status = statusOf(name);
      expect(status.state).to.equal(state);
      expect(status.why).to.match(why);
      expect(exitCodeOf([status])).to.equal(state === "ready" ? 0 : 3);
      const command = nextText(status, "s3://acme-state");
      if (next === undefined) expect(command).to.equal(undefined);
      else expect(command).to.match(next);
    });

  it("is a document that its schema describes, in every case", () => {
    for (const name of Object.keys(cases)) {
      const document = { version: 1, at: now.toISOString(), store: "s3://acme-state", clusters: [statusOf(name)] };
      expect(statusDocument.parse(JSON.parse(JSON.stringify(document)))).to.deep.equal(document);
    }
  });

  it("is not ready with drift, for exit codes", () => {
    expect(exitCodeOf([{ state: "ready" }])).to.equal(0);
    expect(exitCodeOf([{ state: "ready", drift: ["modify"] }])).to.equal(3);
    expect(exitCodeOf([{ state: "ready" }, { state: "waiting" }])).to.equal(3);
  });

  it("has the next maintenance window of the last up", () => {
    expect(statusOf("nodes wait").windows?.next).to.match(/^Mon 22:00 to 04:00 Australia\/Sydney \(begins 2026-12-07T/);
  });
});

describe("the holder of a lock", () => {
  const held: LockContent = {
    ...{ id: "1", owner: "organization/pilot/sbx", operation: "update", host: "laptop", pid: 2 ** 30 },
    ...{ since: at(0), renewed: at(9), machine: "laptop boot pid" },
  };
  for (const [what, age, machine, alive] of [
    ["renews it", 4000, "elsewhere", "yes"],
    ["has not renewed it for a minute", 60_000, "elsewhere", "no"],
    ["is a process of this machine that is gone", 4000, "laptop boot pid", "no"],
    ["works on a store that tells no time", undefined, "elsewhere", "unknown"],
  ] as const)
    it(`is ${alive === "unknown" ? "not known to be alive" : alive === "yes" ? "alive" : "dead"} if it ${what}`, () => {
      expect(lockStatus(held, age, machine).alive).to.equal(alive);
    });
});

describe("an operation under way", () => {
  const facts = { journal: rolling, record: record(), earlier: [earlier], lock, waiting: ["i-0a3", "i-0a4"], now };

  it("counts a waiting node once that is being replaced already", () => {
    expect(operationStatus({ ...facts, waiting: ["i-0a2", "i-0a3", "i-0a4"] })?.total).to.equal(4);
    expect(operationStatus({ ...facts, waiting: undefined })).to.not.have.any.keys("total", "secondsLeft");
  });

  it("is over when its record is, although the lock is still there", () => {
    expect(operationStatus({ ...facts, record: record({ ended: at(9), result: "failed" }) })?.state).to.equal("failed");
  });

  it("does not run under the lock of another command", () => {
    expect(operationStatus({ ...facts, lock: { ...lock, operation: "forget" } })?.state).to.equal("killed");
  });

  it("tells of a node what happens to it", () => {
    const node = { name: "i-1", drained: at(1) };
    expect(phaseOf(node, at(0))).to.include({ phase: "draining", since: at(1) });
    expect(phaseOf({ ...node, stopped: at(2) }, at(0))).to.include({ phase: "replacing", since: at(2) });
    expect(phaseOf({ ...node, stopped: at(2), notJoined: at(3) }, at(0))).to.include({ phase: "joining" });
    expect(phaseOf({ ...node, stopped: at(2), valid: at(4) }, at(0))).to.include({
      phase: "done",
      begun: at(1),
      since: at(4),
    });
    expect(phaseOf({ name: "i-2", stopped: at(2) }, at(0)).begun).to.equal(at(2));
  });
});

describe("the time that is left", () => {
  const roll = (minutes: number, nodes = 1) => ({
    nodes: Array.from({ length: nodes }, (_, index) => ({
      ...{ name: `i-${index}`, drained: at(0), valid: at((minutes * (index + 1)) / nodes) },
    })),
  });
  it("is based on the last rolls, by their median", () => {
    expect(paceOf([roll(2), roll(30), roll(4)])).to.deep.equal({
      perNode: 4 * 60_000,
      basis: "4m00s for each node, as in the last 3 rolls",
    });
  });
  it("takes nodes that were replaced at once as such", () => {
    expect(paceOf([{ nodes: roll(6).nodes.flatMap((node) => [node, node, node]) }]).perNode).to.equal(2 * 60_000);
  });
  it("says what it assumes where nothing has rolled yet", () => {
    expect(paceOf([{ nodes: [{ name: "i-1", drained: at(0) }] }]).basis).to.equal(
      "3m for each node, assumed: it has not rolled yet",
    );
  });
  for (const [nodes, since, seconds] of [
    [0, undefined, 0],
    [3, undefined, 180],
    [3, 20_000, 160],
    [1, 600_000, 6],
  ] as const)
    it(`is ${seconds} s with ${nodes} nodes, the first of them ${since === undefined ? "not begun" : `${since / 1000} s old`}`, () => {
      expect(secondsLeft({ perNode: 60_000, basis: "" }, nodes, since)).to.equal(seconds);
    });
});
