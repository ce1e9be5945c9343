import { hostname } from "node:os";
import { execa } from "execa";
import type { Detail } from "../../providers/kops/runtime/long-work.ts";
import type { Checkout } from "../e2e/checkout.ts";
import type { Recording } from "./recording.ts";

/** What a story does to be recorded: commands, in the order in which a reader types them. */
export interface Story {
  readonly name: string;
  /** Makes the checkout in which it runs. */
  readonly checkout: () => Promise<Checkout>;
  readonly tell: (stage: Stage) => Promise<void>;
}

export interface Shown {
  /** The lines that the guide shows. @default all but npm's own */
  readonly keep?: RegExp;
  /** The command fails. @default false */
  readonly fails?: boolean;
}

/** A command that still runs. */
export interface Running {
  /** Waits until its output matches. */
  until(pattern: RegExp): Promise<void>;
  /** Kills it with all that it started in its process group, as `kill -9 %1` in a shell. */
  kill(): Promise<void>;
  /** Waits for its end. */
  end(): Promise<void>;
}

export interface Stage {
  readonly checkout: Checkout;
  /** Types a command and records it. */
  readonly run: (name: string, command: string, shown?: Shown) => Promise<void>;
  /** The same for a command that runs beside the next ones. */
  readonly start: (name: string, command: string, shown?: Shown) => Running;
}

/**
 * Lines as a guide shows them: no line of npm, no name of this machine. Pulumi prints what a provider says twice, live
 * and in the end: the guide shows it once, without what stands before it.
 */
function shownLines(output: string, folder: string, keep: RegExp | undefined): string[] {
  const said = new Set<string>();
  const text = output
    .replaceAll(`${folder}/`, "")
    .replaceAll(folder, ".")
    // As long as its name, so that tables stay tables.
    .replaceAll(`@${hostname()}`, `@${"my-own-desktop-pc".slice(-hostname().length)}`)
    .split("\n")
    .filter((line) => !/^> (pilot@|node )/.test(line))
    .map((line) => line.replace(/^ *([~+-] +)?(pulumi:pulumi:Stack \S+ \w+( \(\w+\))? )?(?=\[)/, "").trimEnd())
    .filter((line) => (keep?.test(line) ?? true) && !said.has(line) && (!line.startsWith("[") || said.add(line)))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
  return text === "" ? [] : text.split("\n");
}

/** The shell may have ended before what it started in the background. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs a story in its own checkout and gives its recordings, by name. */
export async function record(
  { name: story, checkout: make, tell }: Story,
  detail: Detail = () => undefined,
): Promise<Record<string, Recording>> {
  const recordings: Record<string, Recording> = {};
  detail("making what it needs");
  const checkout = await make();
  const ends: Running[] = [];
  const start: Stage["start"] = (name, command, { keep, fails = false } = {}) => {
    let killed = false;
    detail(command);
    const child = execa("bash", ["-c", command], {
      cwd: checkout.folder,
      all: true,
      reject: false,
      stdin: "ignore",
      detached: true,
    });
    let output = "";
    const heard = new Set<() => void>();
    child.all.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      for (const one of heard) one();
    });
    const ended = child.then(({ exitCode, all }) => {
      output = all;
      if (!killed && (exitCode !== 0) !== fails)
        throw new Error(`${story}: ${command} ended with ${exitCode ?? "a signal"}:\n${all}`);
      recordings[`${story}/${name}`] = { command, output: shownLines(all, checkout.folder, keep) };
    });
    ended.catch(() => undefined);
    const running: Running = {
      until: (pattern) =>
        Promise.race([
          new Promise<void>((resolve) => {
            const look = (): void => {
              if (!pattern.test(output)) return;
              heard.delete(look);
              resolve();
            };
            heard.add(look);
            look();
          }),
          ended.then(() => {
            if (!pattern.test(output))
              throw new Error(`${story}: ${command} never printed ${pattern.source}:\n${output}`);
          }),
        ]),
      async kill() {
        killed = true;
        if (child.pid !== undefined) killGroup(child.pid);
        await ended;
      },
      end: () => ended,
    };
    ends.push(running);
    return running;
  };
  try {
    await tell({ checkout, start, run: (name, command, shown) => start(name, command, shown).end() });
    return recordings;
  } finally {
    await Promise.allSettled(ends.map((one) => one.kill()));
    await checkout.remove();
  }
}
