import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { apart, stoppedBy } from "../../../../providers/kops/http/stop.ts";
import { CancelledError } from "../../../../providers/kops/model/errors.ts";
import { groupsOf, recordNodes } from "../../../../providers/kops/operation/recorded-nodes.ts";
import { Recorder } from "../../../../providers/kops/operation/recorder.ts";
import { whoRuns } from "../../../../providers/kops/operation/who.ts";
import { listHistory, readHistory } from "../../../../providers/kops/store/history.ts";
import type { HistoryRecord, ReplacedNode } from "../../../../providers/kops/store/history.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { changesOf } from "../../../../providers/kops/converge/converge.ts";
import { recordedSpec } from "../../../../providers/kops/model/spec.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";

const by = { person: "ann@laptop" };
const cluster = "k1.sbx.example.com";
const facts = {
  ...{ id: "0a1b2c3d-0000-4000-8000-000000000000", cluster, verb: "update" as const, owner: "organization/pilot/sbx" },
  ...{ begun: "2026-11-30T12:00:00.000Z", kopsVersion: "1.35.0" },
};

/** A recorder whose clock moves a second at each look. */
function recording(store: ObjectStore = memoryStore(), clean = (text: string) => text, folder?: string) {
  let seconds = 0;
  const now = (): Date => new Date(Date.parse(facts.begun) + 1000 * ++seconds);
  const said: string[] = [];
  const recorder = new Recorder(
    { store, progress: { say: (text) => said.push(text) }, clean, folder, now },
    facts,
    Promise.resolve(by),
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
    recorder.changed(["cluster.kubernetesVersion: 1.33.7 -> 1.34.3"]);
    recorder.planned({ shown: "0123456789abcdef" });
    recorder.step("SpecWritten");
    recorder.say("writing the manifests");
    recorder.stepEnded("SpecWritten");
    recorder.planned({ reviewed: "fedcba9876543210" });
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
        ...{ nodes: [], waits: [], held: [] },
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

  it("has the lines of a step while it runs, so that others see why it waits", async () => {
    const { recorder, store } = recording();
    recorder.step("NodesRolled");
    await new Promise(setImmediate);
    recorder.say("rolling 1/1 waits: a node has not joined");
    await new Promise(setImmediate);
    expect((await records(store))[0]?.events.map(({ text }) => text)).to.deep.equal([
      "rolling 1/1 waits: a node has not joined",
    ]);
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

  it("tells what it waited for, why and how long; a step ends its waits", async () => {
    const { recorder, store } = recording();
    recorder.step("NodesRolled");
    recorder.waits("the cluster to be valid", 'node "a" is not ready');
    recorder.waits("the cluster to be valid", 'node "a" is not ready');
    recorder.waits("the cluster to be valid", 'node "b" is not ready');
    recorder.waits("an answer of the Kubernetes API", "HTTP status 503");
    recorder.waits("the cluster to be valid");
    recorder.stepEnded("NodesRolled");
    await recorder.end();
    const seconds = (at: string | undefined) => (at === undefined ? undefined : Number(at.slice(17, 19)));
    expect(
      (await records(store))[0]?.waits.map(({ reason, begun, ended }) => [reason, seconds(begun), seconds(ended)]),
    ).to.deep.equal([
      ['node "a" is not ready', 2, 3],
      ['node "b" is not ready', 4, 6],
      ["HTTP status 503", 5, 8],
    ]);
  });

  it("tells what still waits when it ends, such as for a maintenance window", async () => {
    const { recorder, store } = recording();
    const found = (status: "True" | "False", message: string, type: "NodesUpToDate" | "ControlPlaneUpToDate") => {
      recorder.found([{ type, status, reason: "OutsideWindow", message }]);
    };
    recorder.step("NodesRolled");
    found("False", "a waits for a roll", "ControlPlaneUpToDate");
    found("False", "nodes waits for a roll: the next maintenance window is Sunday", "NodesUpToDate");
    found("True", "", "ControlPlaneUpToDate");
    await recorder.end();
    expect((await records(store))[0]?.held).to.deep.equal([
      "nodes waits for a roll: the next maintenance window is Sunday",
    ]);
  });

  it("has the nodes of a removed group, with their drains", async () => {
    const { recorder, store } = recording();
    recorder.step("GroupsLeft");
    recorder.drain("old", "a", "begins");
    recorder.drain("old", "a", "ends");
    recorder.groupDeleted("old");
    await recorder.end();
    expect((await records(store))[0]?.nodes).to.deep.equal([
      {
        ...{ name: "a", group: "old", removed: true, drained: "2026-11-30T12:00:02.000Z" },
        ...{ emptied: "2026-11-30T12:00:03.000Z", stopped: "2026-11-30T12:00:04.000Z" },
      },
    ]);
  });

  it("is also written to a folder, for a pipeline that keeps it, even if the store takes no write", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilot-record-"));
    try {
      const store = memoryStore();
      store.put = () => Promise.reject(new Error("access denied"));
      const { recorder } = recording(store, undefined, folder);
      recorder.step("SpecWritten");
      await recorder.end();
      const [name = "", ...others] = await readdir(folder);
      expect([name, others]).to.deep.equal([`${cluster}-2026-11-30T12-00-00-000Z-update-0a1b2c3d.json`, []]);
      expect(JSON.parse(await readFile(join(folder, name), "utf8"))).to.include({ result: "succeeded" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("holds up no operation that has ended, if a store does not answer an earlier write", async () => {
    const store = memoryStore();
    store.put = () => new Promise(() => undefined);
    const { recorder, said } = recording(store);
    recorder.step("SpecWritten");
    const late = new AbortController();
    const ended = apart(() => stoppedBy(late.signal, () => recorder.end()));
    late.abort(new Error("no answer within 10 s"));
    await ended;
    expect(said.join()).to.contain("could not be written: no answer within 10 s");
  });

  it("has no secret", async () => {
    const { recorder, store } = recording(memoryStore(), (text) => text.replaceAll("hunter2", "[redacted]"));
    recorder.changed(["cluster.hooks[0].manifest: nothing -> password=hunter2"]);
    recorder.step("SecretsWritten");
    recorder.say("the password is hunter2");
    recorder.waits("the login", "hunter2 is refused");
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

describe("what an operation changes", () => {
  const specOf = (minor: number) =>
    recordedSpec(sampleInputs({ cluster: { ...sampleInputs().cluster, kubernetesVersion: `1.${minor}.0` } }));
  const changes = (journal: { applied?: number; lastApplied?: number }, desired: number) =>
    changesOf({
      journal: {
        ...(journal.lastApplied !== undefined && { lastApplied: specOf(journal.lastApplied) }),
        ...(journal.applied !== undefined && {
          applied: { digest: "", kopsVersion: "1.35.0", revision: 1, at: "", spec: specOf(journal.applied) },
        }),
      },
      context: {
        inputs: sampleInputs({ cluster: { ...sampleInputs().cluster, kubernetesVersion: `1.${desired}.0` } }),
      },
    });
  for (const [what, journal, desired, expected] of [
    ["everything of a new cluster", {}, 33, "first"],
    ["the difference to the last spec", { applied: 33, lastApplied: 33 }, 34, ["1.33.0 -> 1.34.0"]],
    ["the whole difference, when it is continued", { applied: 33, lastApplied: 34 }, 34, ["1.33.0 -> 1.34.0"]],
    ["the way back from an unfinished change", { applied: 33, lastApplied: 34 }, 33, ["1.34.0 -> 1.33.0"]],
    ["everything, when a create is continued", { lastApplied: 33 }, 33, "first"],
    ["nothing, when nothing differs", { applied: 33, lastApplied: 33 }, 33, []],
  ] as const)
    it(`is ${what}`, () => {
      const found = changes(journal, desired);
      expect(
        found === "first" ? found : found.map((line) => line.replace(/^cluster\.kubernetesVersion: /, "")),
      ).to.deep.equal(expected);
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

  it("have their instance group's name, and whether they are of the control plane", () => {
    const groupOf = groupsOf(
      sampleInputs({ name: cluster, instanceGroups: { nodes: { role: "Node" }, cp: { role: "Master" } } }),
    );
    expect([`nodes.${cluster}`, `cp.masters.${cluster}`, "other"].map(groupOf)).to.deep.equal([
      { group: "nodes" },
      { group: "cp", controlPlane: true },
      { group: "other" },
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
    const folder = await mkdtemp(join(tmpdir(), "pilot-who-"));
    try {
      const git = (...args: string[]) =>
        execa("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder });
      expect(await whoRuns({}, undefined, folder)).to.have.all.keys("person");
      await git("init", "--quiet");
      await git("commit", "--quiet", "--allow-empty", "-m", "first");
      const by = await whoRuns({}, undefined, folder);
      expect(by.person).to.match(/^.+@.+$/);
      expect(by.commit).to.equal((await git("rev-parse", "HEAD")).stdout);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
