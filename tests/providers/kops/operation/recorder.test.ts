import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CancelledError } from "../../../../providers/kops/model/errors.ts";
import { Recorder, recordNodes } from "../../../../providers/kops/operation/recorder.ts";
import { whoRuns } from "../../../../providers/kops/operation/who.ts";
import { listHistory, readHistory } from "../../../../providers/kops/store/history.ts";
import type { HistoryRecord, ReplacedNode } from "../../../../providers/kops/store/history.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { memoryStore } from "../memory-store.ts";

const by = { person: "ann@laptop" };
const cluster = "k1.sbx.example.com";
const facts = {
  ...{ id: "0a1b2c3d-0000-4000-8000-000000000000", cluster, verb: "update" as const, owner: "organization/pilot/sbx" },
  ...{ begun: "2026-11-30T12:00:00.000Z", kopsVersion: "1.35.0", changes: [], plan: {} },
};

/** A recorder whose clock moves a second at each look. */
function recording(store: ObjectStore = memoryStore(), clean = (text: string) => text, copies?: string) {
  let seconds = 0;
  const now = (): Date => new Date(Date.parse(facts.begun) + 1000 * ++seconds);
  const said: string[] = [];
  const recorder = new Recorder(
    { store, progress: { say: (text) => said.push(text) }, clean, copies },
    facts,
    Promise.resolve(by),
    now,
  );
  return { recorder, said, store };
}

async function records(store: ObjectStore): Promise<HistoryRecord[]> {
  const found = [];
  for (const entry of await listHistory(store, cluster)) found.push(await readHistory(store, entry));
  return found.filter((one) => one !== undefined);
}

describe("the history of an operation", () => {
  it("has steps, printed lines, changes and result, under a name that tells when and what", async () => {
    const { recorder, store } = recording();
    recorder.note({ changes: ["cluster.kubernetesVersion: 1.33.7 -> 1.34.3"], plan: { shown: "0123456789abcdef" } });
    recorder.step("SpecWritten");
    recorder.say("writing the manifests");
    recorder.stepEnded("SpecWritten");
    recorder.note({ plan: { reviewed: "fedcba9876543210" } });
    await recorder.end();
    expect((await listHistory(store, cluster)).map(({ name }) => name)).to.deep.equal([
      "2026-11-30T12-00-00-000Z-update-0a1b2c3d",
    ]);
    expect(await records(store)).to.deep.equal([
      {
        ...facts,
        by,
        version: 1,
        changes: ["cluster.kubernetesVersion: 1.33.7 -> 1.34.3"],
        plan: { shown: "0123456789abcdef", reviewed: "fedcba9876543210" },
        result: "succeeded",
        steps: [{ name: "SpecWritten", begun: "2026-11-30T12:00:01.000Z", ended: "2026-11-30T12:00:03.000Z" }],
        events: [{ at: "2026-11-30T12:00:02.000Z", text: "writing the manifests" }],
        nodes: [],
        ended: "2026-11-30T12:00:04.000Z",
      },
    ]);
  });

  it("is there while the operation runs, so that a kill loses no more than the last lines", async () => {
    const { recorder, store } = recording();
    recorder.step("NodesRolled");
    await new Promise(setImmediate);
    expect(await records(store)).to.have.length(1);
    expect((await records(store))[0])
      .to.include({ result: "running" })
      .and.not.to.have.property("ended");
  });

  it("is also a file where a pipeline asks for it, once it has ended", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilot-records-"));
    try {
      const { recorder, store } = recording(memoryStore(), undefined, join(folder, "records"));
      recorder.step("NodesRolled");
      await recorder.end();
      const text = await readFile(join(folder, "records", `${cluster}.json`), "utf8");
      expect(JSON.parse(text)).to.deep.equal((await records(store))[0]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("tells a failure, and a stop between two steps", async () => {
    const [failing, stopping] = [recording(), recording()];
    for (const { recorder } of [failing, stopping]) recorder.step("NodesRolled");
    await failing.recorder.end(new Error("kOps's reason"));
    await stopping.recorder.end(new CancelledError({ what: "It was paused", why: "ann did", next: "resume it" }));
    expect((await records(failing.store))[0]).to.include({ result: "failed", error: "kOps's reason" });
    expect((await records(stopping.store))[0]).to.include({ result: "stopped" });
  });

  it("has no operation that did nothing", async () => {
    const { recorder, store } = recording();
    recorder.say("waits for the lock");
    await recorder.end(new Error("refused"));
    expect(await records(store)).to.deep.equal([]);
  });

  it("has no secret", async () => {
    const { recorder, store } = recording(memoryStore(), (text) => text.replaceAll("hunter2", "[redacted]"));
    recorder.step("SecretsWritten");
    recorder.say("the password is hunter2");
    await recorder.end(new Error("hunter2 is too short"));
    expect(JSON.stringify(await records(store))).to.not.contain("hunter2");
  });

  it("is only warned of, once, where it cannot be written", async () => {
    const store = memoryStore();
    store.put = () => Promise.reject(new Error("access denied"));
    const { recorder, said } = recording(store);
    recorder.step("SpecWritten");
    recorder.stepEnded("SpecWritten");
    await recorder.end();
    expect(said).to.deep.equal(["warning: the history of this operation could not be written: access denied"]);
  });

  it("keeps the first and the last of very many lines", async () => {
    const { recorder, store } = recording();
    recorder.step("NodesRolled");
    for (let line = 0; line < 5000; line += 1) recorder.say(`line ${line}`);
    await recorder.end();
    const events = (await records(store))[0]?.events.map(({ text }) => text) ?? [];
    expect(events).to.have.length(1000);
    expect([events[0], events[199], events[200], events.at(-1)]).to.deep.equal([
      ...["line 0", "line 199", "line 4200", "line 4999"],
    ]);
  });

  it("is gone with a cluster of which nothing is kept", async () => {
    const { recorder, store } = recording();
    recorder.step("Deleted");
    await recorder.discard();
    await recorder.end();
    expect(await records(store)).to.deep.equal([]);
  });
});

describe("the nodes of a roll", () => {
  const read = (...lines: string[]): ReplacedNode[] => {
    const nodes: ReplacedNode[] = [];
    let second = 0;
    const follow = recordNodes(nodes, () => `t${++second}`);
    for (const line of lines) follow(line);
    return nodes;
  };
  const drain = (node: string): string => `I1121 10:00:00.0 1 instancegroups.go:1] Draining the node: "${node}".`;
  const stop = (node: string): string =>
    `Stopping instance "i-${node}", node "${node}", in group "nodes.${cluster}" (this may take a while).`;
  const invalid = (why: string): string => `Cluster did not pass validation, will retry in "30s": ${why}.`;

  it("have the times of drain, stop, join and validation", () => {
    expect(
      read(
        drain("a"),
        stop("a"),
        invalid('machine "i-2" has not yet joined cluster'),
        invalid('system-node-critical pod "x" is pending'),
        "Cluster validated.",
        stop("b"),
      ),
    ).to.deep.equal([
      {
        name: "a",
        drained: "t1",
        instance: "i-a",
        group: `nodes.${cluster}`,
        stopped: "t2",
        notJoined: "t3",
        valid: "t4",
      },
      { name: "b", instance: "i-b", group: `nodes.${cluster}`, stopped: "t5" },
    ]);
  });

  it("may be several at once", () => {
    const nodes = read(drain("a"), drain("b"), stop("a"), "Cluster validated.", stop("b"), "Cluster validated.");
    expect(nodes.map(({ name, stopped, valid }) => [name, stopped, valid])).to.deep.equal([
      ["a", "t3", "t4"],
      ["b", "t5", "t6"],
    ]);
  });
});

describe("who runs an operation", () => {
  it("is told by GitHub and by `npx pilot pr up`", async () => {
    const by = await whoRuns(
      {
        ...{ GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "acme/clusters", GITHUB_RUN_ID: "7" },
        ...{ GITHUB_SHA: "0f2d", GITHUB_ACTOR: "ann", PILOT_APPROVED_BY: "bob,eve" },
        PILOT_PULL_REQUEST: "https://github.com/acme/clusters/pull/3",
      },
      "arn:aws:sts::123456789012:assumed-role/up/7",
    );
    expect(by).to.deep.include({
      ...{
        arn: "arn:aws:sts::123456789012:assumed-role/up/7",
        commit: "0f2d",
        actor: "ann",
        approvedBy: ["bob", "eve"],
      },
      pull: "https://github.com/acme/clusters/pull/3",
      run: "https://github.com/acme/clusters/actions/runs/7",
    });
  });

  it("is told by GitLab", async () => {
    const by = await whoRuns(
      { CI_COMMIT_SHA: "0f2d", CI_JOB_URL: "https://gitlab.com/j/1", GITLAB_USER_LOGIN: "ann" },
      undefined,
    );
    expect(by).to.include({ commit: "0f2d", run: "https://gitlab.com/j/1", actor: "ann" });
  });

  it("is a person with the commit of the checkout, elsewhere", async () => {
    const by = await whoRuns({}, undefined);
    expect(by.person).to.match(/^.+@.+$/);
    expect(by.commit).to.match(/^[0-9a-f]{40}$/);
  });
});
