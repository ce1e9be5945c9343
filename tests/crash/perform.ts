import { setTimeout as sleep } from "node:timers/promises";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { lifecycleOf } from "../../providers/kops/store/lifecycle.ts";
import { done, unchanged } from "../e2e/bare/index.ts";
import { nextShape } from "./bed.ts";
import type { Bed, Pulumi, Shape } from "./bed.ts";
import { nameOf } from "./cases.ts";
import type { Case, Kill } from "./cases.ts";
import { callsUpTo } from "./moments.ts";

/** A promise that did not hold. What it left behind is in no order: the bed is of no further use. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** What a case was like, in words for the table. */
export interface Outcome {
  /** What the killed run did and how one went on. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** Milliseconds until a moment must have come, and until a killed run must have ended. */
const patience = { moment: 240_000, end: 90_000 };

/** Milliseconds between two looks at the processes. */
const sampling = 300;

/** What Pulumi says of what went wrong, or else the end of what it printed: a failed refresh ends with whole states. */
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

/** The cluster of a bed and the shape it is in; of one that is not there, none. */
export class Striking {
  readonly #bed: Bed;
  #shape: Shape | undefined;
  /** The shape it had last: the next one is another, or there would be nothing to roll. */
  #last: Shape = 2;
  /** It was taken over: whose the tags on its subnets are cannot be told, so deleting it leaves them there. */
  #adopted = false;

  private constructor(bed: Bed) {
    this.#bed = bed;
  }

  /** Makes the cluster a first time, to learn what the cloud has with it and without. */
  static async begin(bed: Bed): Promise<Striking> {
    const striking = new Striking(bed);
    await bed.learn(undefined);
    await striking.#bring(0);
    await bed.learn(0);
    return striking;
  }

  /** Makes sure of a cluster that is in order, or of none, by ways that nothing strikes. */
  async #bring(shape: Shape | undefined): Promise<void> {
    await this.#bed.ask(shape);
    const { exitCode, output } = await (await this.#bed.pulumi("up")).done;
    if (exitCode !== 0) throw new Error(`the cluster could not be brought into order:\n${lastLines(output)}`);
    this.#shape = shape;
    if (shape !== undefined) this.#last = shape;
  }

  /** Takes the cluster away, and off the subnets what a deletion has to leave there. */
  async #withdraw(): Promise<void> {
    await this.#bring(undefined);
    await this.#untag();
  }

  async #untag(): Promise<void> {
    if (this.#adopted) await this.#bed.untagSubnets();
    this.#adopted = false;
  }

  /** Brings about what a case begins with, and says in which shape the cluster then is, as Pulumi knows it. */
  async #prepare(one: Case): Promise<Shape | undefined> {
    if (this.#shape !== undefined && (one.verb === "create" || (this.#adopted && one.verb !== "adopt")))
      await this.#withdraw();
    if (one.verb !== "create" && this.#shape === undefined) await this.#bring(nextShape(this.#last));
    if (one.step === "TemplatesFollowed") await this.#bed.holdTemplates();
    if (one.step === "ManifestsPutBack") await this.#bed.dropManifests();
    if (one.verb === "adopt") {
      await this.#bed.disown();
      this.#adopted = true;
    }
    await this.#bed.forget();
    return one.verb === "adopt" ? undefined : this.#shape;
  }

  /** Strikes at a moment and goes on from there; throws {@link Broken} when a promise does not hold. */
  async perform(one: Case): Promise<Outcome> {
    const began = Date.now();
    const before = await this.#prepare(one);
    const desired =
      one.verb === "delete" ? undefined : one.verb === "adopt" ? this.#shape : nextShape(before ?? this.#last);
    const adopt = one.verb === "adopt";
    const other = nextShape(desired ?? before ?? this.#last);
    try {
      const struck = await this.#strike(one, desired);
      const notes = [...struck.notes];
      await this.#expectGone(one.kill);
      if (one.recovery === "withdrawn") {
        notes.push(...(await this.#withdrawn(one, before)));
        return { notes, seconds: Math.round((Date.now() - began) / 1000) };
      }
      const asked = one.recovery.endsWith("reverted") ? before : one.recovery === "second change" ? other : desired;
      // What the journal has once all that was killed is gone: a run may note its own end.
      const left = (await this.#bed.journal())?.operation;
      const since = new Date();
      if (one.recovery.startsWith("refreshed")) notes.push(...(await this.#refresh()));
      await this.#bed.ask(asked, { adopt });
      notes.push(...(await this.#goOn(asked, one, struck.exitCode !== 0)));
      if (asked === desired && left) await this.#expectNothingTwice(left, since);
      await this.#expectOrder(asked);
      this.#shape = asked;
      this.#last = asked ?? before ?? this.#last;
      return { notes, seconds: Math.round((Date.now() - began) / 1000) };
    } finally {
      await this.#bed.faults.clear();
    }
  }

  async #strike(one: Case, desired: Shape | undefined): Promise<{ exitCode: number; notes: string[] }> {
    const { faults } = this.#bed;
    await this.#bed.ask(desired, { adopt: one.verb === "adopt" });
    const [first, ...further] = callsUpTo(one);
    if (!first) throw new Error(`${nameOf(one)} has no moment`);
    await faults.add(first);
    const run = await this.#bed.pulumi("up");
    const giveUp = new AbortController();
    const ended = run.done.then(({ exitCode, output }) => {
      throw new Broken(`pulumi up ended with ${exitCode} before the moment came:\n${lastLines(output)}`);
    });
    // Its ending is the way of things once the blow has fallen.
    ended.catch(() => undefined);
    try {
      const held = (): Promise<void> =>
        within(Promise.race([faults.held(giveUp.signal), ended]), patience.moment, () => "the moment did not come");
      await held();
      for (const call of further) {
        // First the next rule, then what is held is let go: nothing slips through in between.
        await faults.add(call);
        await faults.release();
        await held();
      }
      await this.#kill(one.kill, run);
    } finally {
      giveUp.abort();
      await faults.clear();
    }
    const { exitCode, output } = await within(run.done, patience.end, () => "the struck pulumi did not end");
    if (exitCode === 0 && !output.includes(done))
      throw new Broken(`a struck run claims success:\n${lastLines(output)}`);
    return { exitCode, notes: exitCode === 0 ? ["the run went on by itself"] : [] };
  }

  async #kill(kill: Kill, run: Pulumi): Promise<void> {
    if (kill === "pulumi") {
      process.kill(-run.pid, "SIGKILL");
      return;
    }
    const { kops, plugins } = await this.#bed.running();
    const pids = kill === "kops" ? kops : plugins;
    if (pids.length === 0) throw new Broken(`there is no ${kill} to kill`);
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }

  /** Whatever was killed, nothing that works on the cluster is left behind for long. */
  async #expectGone(kill: Kill): Promise<void> {
    const over = Date.now() + patience.end;
    for (;;) {
      const { plugins, supervisors, kops } = await this.#bed.running();
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
    const { exitCode, output } = await (await this.#bed.pulumi("refresh")).done;
    if (exitCode !== 0) throw new Broken(`pulumi refresh failed:\n${lastLines(output)}`);
    return [];
  }

  /** The next `pulumi up`, with never more than one kops beside it. */
  async #goOn(asked: Shape | undefined, one: Case, interrupted: boolean): Promise<string[]> {
    const output = await this.#watched(await this.#bed.pulumi("up"));
    if (asked === undefined) {
      const gone = (await this.#bed.journal()) === undefined;
      if (gone) await this.#untag();
      if (gone && (await this.#bed.wrongs(undefined)).length === 0) return [];
      if (one.verb !== "create" && one.verb !== "adopt")
        throw new Broken(`the cluster is not gone:\n${lastLines(output)}`);
      // A create whose provider or engine was killed has left nothing in Pulumi's state: Pulumi cannot delete what it
      // does not know.
      await this.#bring(nextShape(this.#last));
      await this.#withdraw();
      return ["as documented: finished once more, then withdrawn"];
    }
    const nothing = unchanged.test(output);
    if (!output.includes(done) && !nothing) throw new Broken(`the cluster is not as asked for:\n${lastLines(output)}`);
    if (nothing && interrupted && (await this.#bed.journal())?.operation)
      throw new Broken("the operation is open, and pulumi up saw nothing to do");
    return nothing ? ["nothing was left to do"] : [];
  }

  /**
   * The cluster is no longer asked for: `up` deletes what Pulumi knows, the command what the journal still has. Of a
   * deletion the command goes on first, and `up` finds nothing left.
   */
  async #withdrawn(one: Case, before: Shape | undefined): Promise<string[]> {
    const notes: string[] = [];
    await this.#bed.ask(undefined);
    if (one.verb === "delete") notes.push(...(await this.#withdrawByCommand()));
    await this.#watched(await this.#bed.pulumi("up"));
    if (one.verb === "adopt" && (await this.#bed.journal())) return [...notes, ...(await this.#release())];
    notes.push(...(await this.#withdrawByCommand()));
    await this.#untag();
    await this.#expectOrder(undefined);
    this.#last = before ?? this.#last;
    this.#shape = undefined;
    return notes;
  }

  async #withdrawByCommand(): Promise<string[]> {
    const journal = await this.#bed.journal();
    if (journal === undefined) return [];
    // What was closed before the blow lives by its journal, whatever Pulumi knows.
    const living = lifecycleOf(journal) === "living";
    const output = await this.#watched(
      this.#bed.command(
        "withdraw",
        "--owner",
        journal.owner,
        "--yes",
        ...(living ? ["--living", this.#bed.cluster] : []),
      ),
      "pilot withdraw",
    );
    if (!output.includes("is withdrawn"))
      throw new Broken(`the command did not withdraw the cluster:\n${lastLines(output)}`);
    return [living ? "withdrawn by the command, as a living cluster" : "withdrawn by the command"];
  }

  /**
   * An adoption is no reason to delete what somebody else made: the command refuses, and the cluster is released as it
   * was.
   */
  async #release(): Promise<string[]> {
    const { exitCode, output } = await this.#bed.command(
      "withdraw",
      "--owner",
      (await this.#bed.journal())?.owner ?? "",
      "--yes",
    ).done;
    if (exitCode === 0 || !output.includes("pilot forget"))
      throw new Broken(`an adopted cluster was not refused:\n${lastLines(output)}`);
    await this.#watched(this.#bed.command("forget"), "pilot forget");
    const wrongs = await this.#bed.wrongs(this.#shape);
    if (await this.#bed.journal()) wrongs.push("the journal is still there");
    if (wrongs.length > 0) throw new Broken(wrongs.join("\n"));
    await this.#bed.ask(this.#shape, { adopt: true });
    await this.#watched(await this.#bed.pulumi("up"));
    await this.#expectOrder(this.#shape);
    return ["released as it was, and adopted again"];
  }

  async #watched(run: Pick<Pulumi, "done">, what = "the next pulumi up"): Promise<string> {
    const over = new AbortController();
    const most = (async () => {
      let seen = 0;
      while (!over.signal.aborted) {
        const { kops } = await this.#bed.running();
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

  /** Steps that the killed run had finished are not begun by the next. */
  async #expectNothingTwice(left: NonNullable<Journal["operation"]>, since: Date): Promise<void> {
    const finished = left.steps.filter(({ ended }) => ended !== undefined).map(({ name }) => name);
    const again = new Set<string>();
    for (const { operation } of await this.#bed.journals()) {
      for (const { name, begun } of operation?.steps ?? [])
        if (new Date(begun) >= since && finished.includes(name)) again.add(name);
    }
    if (again.size > 0) throw new Broken(`finished steps were begun again: ${[...again].join(", ")}`);
  }

  async #expectOrder(asked: Shape | undefined): Promise<void> {
    const wrongs = await this.#bed.wrongs(asked);
    const journal = await this.#bed.journal();
    if (asked === undefined) {
      if (journal) wrongs.push("the journal is still there");
    } else {
      const ready = journal?.conditions.find(({ type }) => type === "Ready");
      if (ready?.status !== "True") wrongs.push(`the journal says Ready is ${ready?.status ?? "nothing"}`);
      if (journal?.operation) wrongs.push("the journal has an open operation");
    }
    const { plugins, supervisors, kops } = await this.#bed.running();
    if (plugins.length + supervisors.length + kops.length > 0) wrongs.push("processes are left");
    const again = await (await this.#bed.pulumi("preview", { more: ["--expect-no-changes"] })).done;
    if (again.exitCode !== 0) wrongs.push(`a further preview has something to do:\n${lastLines(again.output)}`);
    if (wrongs.length > 0) throw new Broken(wrongs.join("\n"));
  }
}
