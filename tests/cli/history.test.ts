import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { changedText, whoText } from "../../cli/report/told.ts";
import { historyName, writeHistory } from "../../providers/kops/store/history.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { failed, rolled, second } from "./report/samples.ts";
import { textOf } from "./text-of.ts";

const cluster = rolled.cluster;
const gone = "k2.sbx.example.com";
const deleted: HistoryRecord = {
  ...rolled,
  ...{ id: "d0000000-0000-4000-8000-000000000000", cluster: gone, verb: "delete", begun: second(3600) },
  ...{ ended: second(3720), changes: [], nodes: [], by: { person: "kim@desk" } },
};
const killed: HistoryRecord = {
  ...failed,
  ...{ id: "f1111111-0000-4000-8000-000000000000", begun: second(-7200), result: "running", changes: "first" },
  ...{ verb: "create", nodes: [], steps: [], waits: [], events: [{ at: second(-7000), text: "x" }] },
};

async function stage() {
  const store = memoryStore();
  store.objects.set(`${cluster}/config`, "kind: Cluster");
  const { ended, error, ...open } = killed;
  expect([ended, error]).to.not.include(undefined);
  for (const record of [rolled, deleted, open]) await writeHistory(store, record);
  const before = new Map(store.objects);
  return {
    store,
    unchanged: () => {
      expect([...store.objects]).to.deep.equal([...before]);
    },
    run: (...argv: string[]) => textOf(argv, { now: new Date(second(9000)), open: () => store }),
  };
}

describe("the history command", () => {
  it("shows who changed what, when and how long, newest first, and writes nothing", async () => {
    const { run, unchanged } = await stage();
    expect(await run("history", "s3://memory", cluster)).to.equal(
      [
        "WHEN (UTC)        TOOK    VERB    RESULT       BY         CHANGED                                         NODES  ID",
        "2026-11-30 12:00  19m01s  update  succeeded    ann (#31)  nodes.machineType t3.large → t3.xlarge, 4 more  6      0a1b2c3d",
        "2026-11-30 10:00  3m20s   create  interrupted  ann (#31)  new cluster                                     -      f1111111",
        "Next: npx pilot report s3://memory k1.sbx.example.com ID",
      ].join("\n"),
    );
    unchanged();
  });

  it("shows all clusters of a store, also deleted ones", async () => {
    const { run } = await stage();
    const [, first, ...others] = (await run("history", "s3://memory")).split("\n");
    expect(first).to.match(
      /^2026-11-30 13:00 {2}2m00s +k2\.sbx\.example\.com +delete +succeeded +kim@desk +the whole cluster +- +d0000000$/,
    );
    expect(others).to.have.length(3);
    expect(await run("history", "s3://memory", gone)).to.contain("d0000000");
  });

  it("shows as many as are wanted, and says how many there are", async () => {
    const { run } = await stage();
    expect(await run("history", "s3://memory", "--last", "1"))
      .to.contain("\n2 older: --last 3\n")
      .and.not.contain("0a1b");
    expect(String(await rejection(run("history", "s3://memory", "--last", "0")))).to.contain("number above 0");
  });

  it("prints whole records for programs", async () => {
    const { run } = await stage();
    const [first, second] = JSON.parse(await run("history", "s3://memory", cluster, "--json")) as [object, object];
    expect(first).to.deep.include({ ...rolled, name: historyName(rolled), outcome: "succeeded" });
    expect(second).to.include({ outcome: "interrupted", result: "running" });
  });

  it("shows the others when a record cannot be read, such as one of a newer Pilot", async () => {
    const { run, store } = await stage();
    store.objects.set(`${pilotKeysOf(cluster).history}2027-01-01T00-00-00-000Z-update-eeeeeeee.json`, '{"version":9}');
    const text = await run("history", "s3://memory", cluster);
    expect(text).to.contain("0a1b2c3d").and.to.contain("cannot be read: 2027-01-01T00-00-00-000Z-update-eeeeeeee (");
  });

  it("refuses a mistyped cluster; of one without operations it says so", async () => {
    const { run, store } = await stage();
    expect(String(await rejection(run("history", "s3://memory", "k9.sbx.example.com")))).to.contain(
      "no history of one",
    );
    store.objects.set("k3.sbx.example.com/config", "kind: Cluster");
    expect(await run("history", "s3://memory", "k3.sbx.example.com")).to.contain("no record of an operation yet");
  });

  it("shows no control character of a record in the terminal", async () => {
    const { run, store } = await stage();
    await writeHistory(store, { ...rolled, by: { person: "\u001b[31mann\n" } });
    expect(await run("history", "s3://memory", cluster)).to.not.contain("\u001b");
  });
});

describe("what an operation did, in a few words", () => {
  for (const [expected, record] of [
    ["nodes.machineType t3.large → t3.xlarge, 4 more", {}],
    ["old removed", { changes: ["instanceGroups.old: {} -> nothing"] }],
    ["sshAccess added", { changes: ["cluster.sshAccess: nothing -> 10.0.0.0/16"] }],
    ["secret dockerconfig: written", { changes: ["secret dockerconfig: written"] }],
    ["continued", { changes: [], continues: "update begun … stopped at NodesRolled" }],
    ["no change of the spec", { changes: [] }],
    ["new cluster, continued", { changes: "first", continues: "create begun …" }],
    ["the whole cluster", { verb: "delete" }],
    [`a ${"x".repeat(20)} → ${"x".repeat(18)}…`, { changes: [`cluster.a: ${"x".repeat(20)} -> ${"x".repeat(50)}`] }],
  ] as [string, Partial<HistoryRecord>][])
    it(expected, () => {
      expect(changedText({ ...rolled, ...record })).to.equal(expected);
    });

  it("names the actor of a pipeline, else the person", () => {
    expect(whoText({ person: "ann@laptop" })).to.equal("ann@laptop");
    expect(whoText({ person: "runner@ci", actor: "ann", pull: "https://x/pull/7" })).to.equal("ann (#7)");
    expect(whoText({ person: "runner@ci", actor: "ann", pull: "change 7" })).to.equal("ann (change 7)");
  });
});

describe("the report command", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-report-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const [what, words, expected] of [
    ["the newest operation", [], "0a1b2c3d"],
    ["one by its id", ["f1111111"], "f1111111"],
    ["one by its whole id", [killed.id], "f1111111"],
    ["one by the name of its record", [historyName(killed)], "f1111111"],
  ] as const)
    it(`writes ${what}, and nothing to the store`, async () => {
      const { run, unchanged } = await stage();
      const file = join(folder, "report.html");
      expect(await run("report", "s3://memory", cluster, ...words, "--out", file)).to.contain(`${file}: `);
      const page = await readFile(file, "utf8");
      expect(page)
        .to.match(/^<!doctype html>/)
        .and.to.contain(`npx pilot report s3://memory ${cluster} ${expected}`);
      unchanged();
    });

  for (const [what, words, why] of [
    ["an operation that is not there", ["cccccccc"], "has no such record"],
    ["a word that is too short to be an id", ["f"], "has no such record"],
  ] as const)
    it(`refuses ${what}, and says how to find one`, async () => {
      const { run } = await stage();
      expect(String(await rejection(run("report", "s3://memory", cluster, ...words))))
        .to.contain(why)
        .and.to.contain("npx pilot history s3://memory");
    });

  it("says which file it could not write", async () => {
    const { run } = await stage();
    const file = join(folder, "missing", "report.html");
    expect(String(await rejection(run("report", "s3://memory", cluster, "--out", file)))).to.contain(file);
  });

  it("writes a page for each record that an `up` of a pipeline left", async () => {
    const records = join(folder, "records");
    expect(await textOf(["pr", "reports", "--records", records, "--out", folder])).to.contain("there is no report");
    const { mkdir, readdir, writeFile } = await import("node:fs/promises");
    await mkdir(records);
    const { ended, ...open } = rolled;
    expect(ended).to.not.equal(undefined);
    await writeFile(join(records, "a.json"), JSON.stringify(failed));
    await writeFile(join(records, "b.json"), JSON.stringify({ ...open, result: "running" }));
    const text = await textOf(["pr", "reports", "--records", records, "--out", join(folder, "pages")]);
    expect(text).to.contain("a.html: update of k1.sbx.example.com, failed").and.to.contain("interrupted");
    expect(await readdir(join(folder, "pages"))).to.deep.equal(["a.html", "b.html"]);
  });
});
