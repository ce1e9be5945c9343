import type { Shell } from "../base/shell.ts";
import { inOneLine } from "../../providers/kops/model/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { readPause } from "../../providers/kops/store/pause.ts";
import { exitCodeOf, type NamedRecord } from "./compose.ts";
import type { ClusterStatus } from "./document.ts";
import { frame, transitions } from "./frame.ts";
import { readLock, readRecords, readRun, readStoreFacts, type StoreFacts } from "./look.ts";
import type { Look } from "../../providers/kops/runtime/terminal.ts";

/** Milliseconds between two looks at the store, between two at AWS, and between two frames. */
const intervals = { store: 3000, cloud: 15_000, frame: 1000 };

/** Looks at the store that may fail one after another before the watch gives up: a minute. */
const patience = 20;

/** What shows a frame. */
export interface Screen {
  show(lines: readonly string[]): void;
  /** Leaves the last frame where it is. */
  done(): void;
}

export interface Watch {
  store: ObjectStore;
  facts: StoreFacts;
  /** The status by these facts; `cloud`: with a fresh look at AWS, else with the last one. */
  statusOf: (facts: StoreFacts, cloud: boolean) => Promise<ClusterStatus>;
  /** The terminal at this moment. */
  look: () => Look;
  /** Undefined without a terminal: then transitions are printed. */
  screen: Screen | undefined;
  print: (line: string) => void;
  signal: AbortSignal;
  now: () => Date;
  /** Waits; ends early when the signal aborts. */
  sleep: (ms: number) => Promise<void>;
}

/** Reads again what an operation changes: five small objects, and the manifests after another step. */
async function again(
  store: ObjectStore,
  facts: StoreFacts,
  known: Map<string, NamedRecord>,
  now: Date,
): Promise<StoreFacts> {
  const { name } = facts;
  const [{ lock, records, journal }, pause] = await Promise.all([
    readRun(
      () => readLock(store, name),
      () => readRecords(store, name, known),
      () => readJournal(store, name),
    ),
    readPause(store, name),
  ]);
  const next = { ...facts, now, journal, lock, pause, records };
  // A step may have written other groups.
  if (stepsOf(next) === stepsOf(facts)) return next;
  return (await readStoreFacts(store, name, now)) ?? next;
}

/** Identifies the steps that an operation has begun. */
const stepsOf = ({ journal }: StoreFacts): string =>
  [journal?.operation?.id, ...(journal?.operation?.steps ?? []).map(({ name }) => name)].join();

const isRunning = ({ operation }: ClusterStatus): boolean => operation?.state === "running";

/**
 * Follows a cluster until its operation ends. On a terminal it waits for one that has not begun yet. Returns the exit
 * code: that of the last state, or 130 when the person stopped it.
 */
export async function watchCluster(watch: Watch): Promise<number> {
  const { store, statusOf, look, screen, print, signal, now, sleep } = watch;
  const known = new Map<string, NamedRecord>();
  let { facts } = watch;
  let status = await statusOf(facts, true);
  let [looked, asked] = [now().getTime(), now().getTime()];
  let [ran, failed, note] = [isRunning(status), 0, ""];
  const show = (before: ClusterStatus | undefined): void => {
    const idle = ran ? note : note || "no operation runs: waiting for one, Ctrl-C ends";
    if (screen) screen.show(frame(status, look(), now(), idle));
    else for (const line of transitions(before, status)) print(`${status.name}: ${line}`);
  };
  show(undefined);
  // On a terminal, the person may have come before the operation.
  while (isRunning(status) || (screen !== undefined && !ran)) {
    await sleep(screen ? intervals.frame : intervals.store);
    if (signal.aborted) break;
    const before = status;
    const at = now().getTime();
    if (at - looked >= intervals.store) {
      looked = at;
      try {
        facts = await again(store, facts, known, now());
        if (facts.journal === undefined && before.operation?.verb === "delete") {
          screen?.done();
          print(`${before.name}: deleted`);
          return 0;
        }
        const fresh = at - asked >= intervals.cloud || facts.journal?.operation?.id !== before.operation?.id;
        status = await statusOf(facts, fresh);
        if (fresh) asked = at;
        // A replaced node is seen in AWS at the next look.
        else if (status.operation?.done !== before.operation?.done) asked = 0;
        [failed, note] = [0, ""];
      } catch (error) {
        failed += 1;
        if (failed > patience) throw error;
        note = `the state store was not read, trying again: ${inOneLine(error)}`;
      }
    }
    ran ||= isRunning(status);
    show(before);
  }
  screen?.done();
  if (signal.aborted) return 130;
  if (!screen) print(`${status.name}: ${status.state}${status.why === "" ? "" : `; ${status.why}`}`);
  return exitCodeOf([status]);
}

/** A terminal that shows frames in one place. */
export async function terminal(): Promise<Screen> {
  const { default: update } = await import("log-update");
  return {
    show(lines) {
      update(lines.join("\n"));
    },
    done() {
      update.done();
    },
  };
}

/** Aborts at the first Ctrl-C. */
export function untilStopped({ signal }: Partial<Pick<Shell, "signal">>): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, abort);
  return AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
}
