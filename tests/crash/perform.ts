import { setTimeout as sleep } from "node:timers/promises";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { lifecycleOf } from "../../providers/kops/store/lifecycle.ts";
import { done, unchanged } from "../e2e/bare/index.ts";
import type { Harness, Pulumi } from "./harness.ts";
import { nextShape, rises } from "./shapes.ts";
import type { Shape } from "./shapes.ts";
import { nameOf } from "./cases.ts";
import type { Case, Kill } from "./cases.ts";
import { callsUpTo } from "./moments.ts";

/** A broken promise. Its harness is in an unknown state and of no further use. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** The outcome of a case, as text for the table. */
export interface Outcome {
  /** What the killed run did, and how the recovery went. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** Time limits in milliseconds: for a moment to come, and for a killed run to end. */
const patience = { moment: 240_000, end: 90_000 };

/** Milliseconds between two checks of the processes. */
const sampling = 300;

/** Pulumi's error, or else the end of its output: a failed refresh ends with whole states. */
function lastLines(output: string): string {
  const lines = output
    .slice(Math.max(output.lastIndexOf("Diagnostics:"), 0))
    .trimEnd()
    .split("\n");
  const error = lines.findIndex((line) => /^\s*error: /.test(line));
  return (error < 0 ? lines.slice(-25) : lines.slice(Math.max(error - 15, 0), error + 15)).join("\n");
}

async function within<T>(work: Promise<T>, milliseconds: number, what: () => string): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
        throw new Broken(`${what()} within ${milliseconds / 1000} s`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** The harness's cluster and its shape; undefined if there is none. */
export class CrashRunner {
  readonly #harness: Harness;
  #shape: Shape | undefined;
  /** The last shape: the next one must differ, or nothing would roll. */
  #last: Shape = 2;
  /** Adopted: the owner of its subnets' tags is unknown, so a deletion leaves them. */
  #adopted = false;

  private constructor(harness: Harness) {
    this.#harness = harness;
  }

  /** Creates the cluster once, to learn the cloud's content with it and without. */
  static async begin(harness: Harness): Promise<CrashRunner> {
    const runner = new CrashRunner(harness);
    await harness.learn(undefined);
    await runner.#bring(0);
    await harness.learn(0);
    return runner;
  }

  /** Makes sure of a healthy cluster, or none, without a kill. */
  async #bring(shape: Shape | undefined): Promise<void> {
    await this.#harness.ask(shape);
    const { exitCode, output } = await (await this.#harness.pulumi("up")).done;
    if (exitCode !== 0) throw new Error(`the cluster could not be brought into order:\n${lastLines(output)}`);
    this.#shape = shape;
    if (shape !== undefined) this.#last = shape;
  }

  /** Deletes the cluster, and removes from the subnets what a deletion must leave. */
  async #withdraw(): Promise<void> {
    await this.#bring(undefined);
    await this.#untag();
  }

  async #untag(): Promise<void> {
    if (this.#adopted) await this.#harness.untagSubnets();
    this.#adopted = false;
  }

  /** Prepares the start of a case. Returns the shape of the cluster that Pulumi then knows. */
  async #prepare(one: Case): Promise<Shape | undefined> {
    if (this.#shape !== undefined && (one.verb === "create" || (this.#adopted && one.verb !== "adopt")))
      await this.#withdraw();
    if (one.verb !== "create" && this.#shape === undefined) await this.#bring(nextShape(this.#last));
    // Otherwise kOps holds no node back, and has nothing to do in this step.
    if (one.verb === "update" && one.step === "CloudApplied" && this.#shape !== undefined && !rises(this.#shape))
      await this.#bring(nextShape(this.#shape));
    if (one.step === "TemplatesFollowed") await this.#harness.holdTemplates();
    if (one.step === "ManifestsPutBack") await this.#harness.dropManifests();
    if (one.verb === "adopt") {
      await this.#harness.disown();
      this.#adopted = true;
    }
    await this.#harness.forget();
    return one.verb === "adopt" ? undefined : this.#shape;
  }

  /** Kills at a moment and recovers; throws {@link Broken} if a promise does not hold. */
  async perform(one: Case): Promise<Outcome> {
    const began = Date.now();
    const before = await this.#prepare(one);
    const desired =
      one.verb === "delete" ? undefined : one.verb === "adopt" ? this.#shape : nextShape(before ?? this.#last);
    const adopt = one.verb === "adopt";
    const other = nextShape(desired ?? before ?? this.#last);
    try {
      const killed = await this.#killAt(one, desired);
      const notes = [...killed.notes];
      await this.#expectGone(one.kill);
      if (one.recovery === "withdrawn") {
        notes.push(...(await this.#withdrawn(one, before)));
        return { notes, seconds: Math.round((Date.now() - began) / 1000) };
      }
      const asked = one.recovery.endsWith("reverted") ? before : one.recovery === "second change" ? other : desired;
      // The journal after everything killed has ended: a run may record its own end.
      const left = (await this.#harness.journal())?.operation;
      const since = new Date();
      if (one.recovery.startsWith("refreshed")) notes.push(...(await this.#refresh()));
      await this.#harness.ask(asked, { adopt });
      notes.push(...(await this.#goOn(asked, one, killed.exitCode !== 0)));
      if (asked === desired && left) await this.#expectNothingTwice(left, since);
      await this.#expectOrder(asked);
      this.#shape = asked;
      this.#last = asked ?? before ?? this.#last;
      return { notes, seconds: Math.round((Date.now() - began) / 1000) };
    } finally {
      await this.#harness.faults.clear();
    }
  }

  async #killAt(one: Case, desired: Shape | undefined): Promise<{ exitCode: number; notes: string[] }> {
    const { faults } = this.#harness;
    await this.#harness.ask(desired, { adopt: one.verb === "adopt" });
    const [first, ...further] = callsUpTo(one);
    if (!first) throw new Error(`${nameOf(one)} has no moment`);
    await faults.add(first);
    const run = await this.#harness.pulumi("up");
    const giveUp = new AbortController();
    const ended = run.done.then(({ exitCode, output }) => {
      throw new Broken(`pulumi up ended with ${exitCode} before the moment came:\n${lastLines(output)}`);
    });
    // It is expected to end after the kill.
    ended.catch(() => undefined);
    try {
      const held = (): Promise<void> =>
        within(Promise.race([faults.held(giveUp.signal), ended]), patience.moment, () => "the moment did not come");
      await held();
      for (const call of further) {
        // Set the next rule before releasing the call, so that nothing slips through in between.
        await faults.add(call);
        await faults.release();
        await held();
      }
      await this.#kill(one.kill, run);
    } finally {
      giveUp.abort();
      await faults.clear();
    }
    const { exitCode, output } = await within(run.done, patience.end, () => "the killed pulumi did not end");
    if (exitCode === 0 && !output.includes(done))
      throw new Broken(`a killed run claims success:\n${lastLines(output)}`);
    return { exitCode, notes: exitCode === 0 ? ["the run went on by itself"] : [] };
  }

  async #kill(kill: Kill, run: Pulumi): Promise<void> {
    if (kill === "pulumi") {
      process.kill(-run.pid, "SIGKILL");
      return;
    }
    const { kops, plugins } = await this.#harness.running();
    const pids = kill === "kops" ? kops : plugins;
    if (pids.length === 0) throw new Broken(`there is no ${kill} to kill`);
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }

  /** Nothing that works on the cluster may survive for long, whatever was killed. */
  async #expectGone(kill: Kill): Promise<void> {
    const over = Date.now() + patience.end;
    for (;;) {
      const { plugins, supervisors, kops } = await this.#harness.running();
      const left = plugins.length + supervisors.length + kops.length;
      if (left === 0) return;
      if (Date.now() > over)
        throw new Broken(
          `${patience.end / 1000} s after ${kill} was killed there are still ` +
            JSON.stringify({ plugins, supervisors, kops }),
        );
      await sleep(sampling);
    }
  }

  async #refresh(): Promise<string[]> {
    const { exitCode, output } = await (await this.#harness.pulumi("refresh")).done;
    if (exitCode !== 0) throw new Broken(`pulumi refresh failed:\n${lastLines(output)}`);
    return [];
  }

  /** The next `pulumi up`; at most one kOps may run at any time. */
  async #goOn(asked: Shape | undefined, one: Case, interrupted: boolean): Promise<string[]> {
    const output = await this.#watched(await this.#harness.pulumi("up"));
    if (asked === undefined) {
      const gone = (await this.#harness.journal()) === undefined;
      if (gone) await this.#untag();
      if (gone && (await this.#harness.wrongs(undefined)).length === 0) return [];
      if (one.verb !== "create" && one.verb !== "adopt")
        throw new Broken(`the cluster is not gone:\n${lastLines(output)}`);
      // Pulumi's state has nothing of a create whose provider or engine was killed, and Pulumi cannot delete what it
      // does not know.
      await this.#bring(nextShape(this.#last));
      await this.#withdraw();
      return ["as documented: finished once more, then withdrawn"];
    }
    const nothing = unchanged.test(output);
    if (!output.includes(done) && !nothing) throw new Broken(`the cluster is not up to date:\n${lastLines(output)}`);
    if (nothing && interrupted && (await this.#harness.journal())?.operation)
      throw new Broken("the operation is open, and pulumi up saw nothing to do");
    return nothing ? ["nothing was left to do"] : [];
  }

  /**
   * The cluster is no longer desired: `up` deletes what Pulumi knows, the command what the journal still has. For a
   * deletion the command runs first, and `up` finds nothing left.
   */
  async #withdrawn(one: Case, before: Shape | undefined): Promise<string[]> {
    const notes: string[] = [];
    await this.#harness.ask(undefined);
    if (one.verb === "delete") notes.push(...(await this.#withdrawByCommand()));
    await this.#watched(await this.#harness.pulumi("up"));
    if (one.verb === "adopt" && (await this.#harness.journal())) return [...notes, ...(await this.#release())];
    notes.push(...(await this.#withdrawByCommand()));
    await this.#untag();
    await this.#expectOrder(undefined);
    this.#last = before ?? this.#last;
    this.#shape = undefined;
    return notes;
  }

  async #withdrawByCommand(): Promise<string[]> {
    const journal = await this.#harness.journal();
    if (journal === undefined) return [];
    // A cluster whose operation ended before the kill lives by its journal, whatever Pulumi knows.
    const living = lifecycleOf(journal) === "living";
    const output = await this.#watched(
      this.#harness.command(
        "withdraw",
        "--owner",
        journal.owner,
        "--yes",
        ...(living ? ["--living", this.#harness.cluster] : []),
      ),
      "pilot withdraw",
    );
    if (!output.includes("is withdrawn"))
      throw new Broken(`the command did not withdraw the cluster:\n${lastLines(output)}`);
    return [living ? "withdrawn by the command, as a living cluster" : "withdrawn by the command"];
  }

  /**
   * An adoption must not delete somebody else's cluster: the command refuses, and the cluster is released as it was.
   */
  async #release(): Promise<string[]> {
    const { exitCode, output } = await this.#harness.command(
      "withdraw",
      "--owner",
      (await this.#harness.journal())?.owner ?? "",
      "--yes",
    ).done;
    if (exitCode === 0 || !output.includes("pilot forget"))
      throw new Broken(`an adopted cluster was not refused:\n${lastLines(output)}`);
    await this.#watched(this.#harness.command("forget"), "pilot forget");
    const wrongs = await this.#harness.wrongs(this.#shape);
    if (await this.#harness.journal()) wrongs.push("the journal is still there");
    if (wrongs.length > 0) throw new Broken(wrongs.join("\n"));
    await this.#harness.ask(this.#shape, { adopt: true });
    await this.#watched(await this.#harness.pulumi("up"));
    await this.#expectOrder(this.#shape);
    return ["released as it was, and adopted again"];
  }

  async #watched(run: Pick<Pulumi, "done">, what = "the next pulumi up"): Promise<string> {
    const over = new AbortController();
    const most = (async () => {
      let seen = 0;
      while (!over.signal.aborted) {
        const { kops } = await this.#harness.running();
        seen = Math.max(seen, kops.length);
        await sleep(sampling);
      }
      return seen;
    })();
    const { exitCode, output } = await run.done.finally(() => {
      over.abort();
    });
    const seen = await most;
    if (exitCode !== 0) throw new Broken(`${what} failed:\n${lastLines(output)}`);
    if (seen > 1) throw new Broken(`${seen} kops at one time`);
    return output;
  }

  /** The next run does not repeat steps that the killed run had finished. */
  async #expectNothingTwice(left: NonNullable<Journal["operation"]>, since: Date): Promise<void> {
    const finished = left.steps.filter(({ ended }) => ended !== undefined).map(({ name }) => name);
    const again = new Set<string>();
    for (const { operation } of await this.#harness.journals()) {
      for (const { name, begun } of operation?.steps ?? [])
        if (new Date(begun) >= since && finished.includes(name)) again.add(name);
    }
    if (again.size > 0) throw new Broken(`finished steps were begun again: ${[...again].join(", ")}`);
  }

  async #expectOrder(asked: Shape | undefined): Promise<void> {
    const wrongs = await this.#harness.wrongs(asked);
    const journal = await this.#harness.journal();
    if (asked === undefined) {
      if (journal) wrongs.push("the journal is still there");
    } else {
      const ready = journal?.conditions.find(({ type }) => type === "Ready");
      if (ready?.status !== "True") wrongs.push(`the journal says Ready is ${ready?.status ?? "nothing"}`);
      if (journal?.operation) wrongs.push("the journal has an open operation");
    }
    const { plugins, supervisors, kops } = await this.#harness.running();
    if (plugins.length + supervisors.length + kops.length > 0) wrongs.push("processes are left");
    const again = await (await this.#harness.pulumi("preview", { more: ["--expect-no-changes"] })).done;
    if (again.exitCode !== 0) wrongs.push(`a further preview has something to do:\n${lastLines(again.output)}`);
    if (wrongs.length > 0) throw new Broken(wrongs.join("\n"));
  }
}
