import { elapsed } from "../model/durations.ts";
import { cut, lookOf } from "./terminal.ts";
import type { Look } from "./terminal.ts";

/** Where long work tells what it does. */
export interface Lines {
  /** Writes a line that stays. */
  readonly say: (text: string) => void;
  /** The line of a terminal that is updated. Without it, work repeats itself in lines, ever more rarely. */
  readonly live?: LiveLine | undefined;
  /** Each line already says how long the whole has taken. @default false */
  readonly timed?: boolean | undefined;
}

/** Sets what the work is at, such as `12 of 400`. */
export type Detail = (text: string) => void;

/** The last line of a terminal: what is worked on now, in one line. */
export class LiveLine {
  readonly #works = new Map<object, string>();
  readonly #write: (text: string) => void;
  readonly #look: () => Look;
  #shown = false;

  constructor(write: (text: string) => void, look: () => Look) {
    this.#write = write;
    this.#look = look;
  }

  /** Updates the text of a work. */
  show(work: object, text: string): void {
    this.#works.set(work, text);
    this.#draw();
  }

  /** The work has ended. */
  end(work: object): void {
    this.#works.delete(work);
    this.#draw();
  }

  /** Writes a line that stays, above the updated one. */
  say(line: string): void {
    this.#draw(`${line}\n`);
  }

  #draw(stays = ""): void {
    const text = [...this.#works.values()].join(" | ");
    const clear = this.#shown ? "\r\u001b[2K" : "";
    this.#shown = text !== "";
    // One column less: a full line would wrap, and could not be cleared.
    this.#write(`${clear}${stays}${cut(text, (this.#look().width ?? 80) - 1)}`);
  }
}

/** Lines on a stream of this process. As for `console`, a reader that has gone is no error: the work goes on. */
export function linesOn(
  stream: {
    isTTY?: boolean;
    columns?: number;
    write(text: string): unknown;
    on?(event: "error", listener: () => void): unknown;
  },
  env: NodeJS.ProcessEnv = process.env,
): Lines {
  stream.on?.("error", () => undefined);
  const write = (text: string): void => {
    stream.write(text);
  };
  if (!lookOf(stream, env).live) {
    return {
      say: (text) => {
        write(`${text}\n`);
      },
    };
  }
  const live = new LiveLine(write, () => lookOf(stream, env));
  return {
    say: (text) => {
      live.say(text);
    },
    live,
  };
}

/** A clock of its own, for tests. */
export interface Clock {
  now(): number;
  /** Calls again and again, until the result is called. */
  every(milliseconds: number, call: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};

const frame = 1000;
const beat = 10_000;

/** Whether a line is due after so many beats: after 10 s, 30 s, and then each minute, so that a log stays short. */
export const isDue = (beats: number): boolean => beats === 1 || beats === 3 || beats % 6 === 0;

export interface StepOptions {
  /** Silent in a log as long as it is quick: no line at its start, and none at its end. @default false */
  readonly brief?: boolean;
  readonly clock?: Clock;
}

/**
 * Runs a step that may take long, and is never silent for long: on a terminal one line that is updated, else a line at
 * its start, some while it works, and one at its end.
 */
export async function step<T>(
  lines: Lines,
  name: string,
  work: (detail: Detail) => Promise<T>,
  { brief = false, clock = realClock }: StepOptions = {},
): Promise<T> {
  const began = clock.now();
  const { live, timed = false } = lines;
  const since = (): string => (timed && !live ? "" : ` (${elapsed(clock.now() - began)})`);
  let detail = "";
  let beats = 0;
  const key = {};
  const now = (): string => `${name}${detail === "" ? "" : `: ${detail}`}${since()}`;
  const update = (): void => {
    if (live) live.show(key, now());
    else if (isDue((beats += 1))) lines.say(`  ${now()}`);
  };
  if (live) update();
  else if (!brief) lines.say(`${name} ...`);
  const stop = clock.every(live ? frame : beat, update);
  const end = (result: string): void => {
    stop();
    live?.end(key);
    if (!brief || (!live && beats > 0)) lines.say(`${name}: ${result}${timed ? "" : since()}`);
  };
  try {
    const result = await work((text) => {
      detail = text;
    });
    end("done");
    return result;
  } catch (error) {
    end("failed");
    throw error;
  }
}
