import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compileCacheOf } from "../base/compile-cache.ts";
import type { Layout } from "../base/layout.ts";
import { withLock } from "../bootstrap/lock.mjs";
import { step } from "../../providers/kops/runtime/long-work.ts";
import type { Detail, Lines } from "../../providers/kops/runtime/long-work.ts";
import { forTypeScript } from "../base/typescript.ts";
import { Problem } from "../base/problem.ts";
import type { CloudTools } from "./cloud.ts";
import type { DaemonOrder } from "./daemon.ts";
import { childEnvironment } from "./supervision/environment.ts";
import { lastLines } from "../base/log.ts";
import { ownerOf } from "../base/owner.ts";
import { busyPort, isFree, wantedPort } from "./supervision/port.ts";
import { endProcess, identify, isAlive, type ProcessIdentity } from "../base/processes.ts";
import { liveState, readState, toCloudState, writeState, type CloudState } from "./supervision/state.ts";

/** Takes lines for the waiting user; a terminal also has one that is updated. */
export type Report = ((line: string) => void) & { readonly live?: Lines["live"] };

const poll = 50;
const grace = 5_000;

export function cloudLock(layout: Layout): string {
  return join(layout.dir, "cloud.lock");
}

export function daemonLog(layout: Layout): string {
  return join(layout.logs, "daemon.log");
}

/** The local cloud; starts it if it does not run. Concurrent callers start only one. */
export async function ensureCloud(layout: Layout, tools: CloudTools, report: Report): Promise<CloudState> {
  const port = wantedPort(process.env);
  return await withLock(
    cloudLock(layout),
    async () => {
      const live = await liveState(layout);
      if (live) {
        // Not stopped here: somebody else may be using it.
        if (live.tools.controlPlane !== tools.controlPlane || live.tools.python !== tools.python) {
          report(
            "the local cloud runs with older tools; after `npm run local:stop` the next command starts it with the " +
              "new ones",
          );
        }
        return await untilReady(layout, live.daemon, report);
      }
      await endLeftovers(layout);
      if (port !== undefined && !(await isFree(port))) throw busyPort(port);
      return await untilReady(layout, await startDaemon(layout, tools, port), report);
    },
    {
      onWait: (holder) => {
        report(`waiting for ${holder}, which starts or stops the local cloud`);
      },
    },
  );
}

/** The children of a killed daemon end by themselves soon; their ports are free after that. */
export async function endLeftovers(layout: Layout): Promise<void> {
  const state = await readState(layout);
  await Promise.all((state?.children ?? []).map((child) => endProcess(child, grace)));
}

async function startDaemon(layout: Layout, tools: CloudTools, port: number | undefined): Promise<ProcessIdentity> {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  const { controlPlane, python } = tools;
  const owner = ownerOf(process.env);
  const order: DaemonOrder = {
    layout,
    tools: { controlPlane, python },
    ...(port === undefined ? {} : { port }),
    ...(owner ? { owner } : {}),
  };
  const log = openSync(daemonLog(layout), "a", 0o600);
  const daemon = spawn(
    process.execPath,
    [...forTypeScript(), join(import.meta.dirname, "daemon.ts"), JSON.stringify(order)],
    {
      cwd: layout.root,
      detached: true,
      stdio: ["ignore", log, log],
      env: childEnvironment(compileCacheOf("daemon", process.env)),
    },
  );
  closeSync(log);
  const failed = new Promise<never>((_, reject) => daemon.once("error", reject));
  daemon.unref();
  const identity = daemon.pid === undefined ? await failed : await identify(daemon.pid);
  if (!identity) throw await didNotStart(layout, undefined);
  // From now on others find it, even if this process ends before the daemon writes its own state.
  const before = await readState(layout);
  await writeState(layout, {
    clusters: [],
    ...before,
    daemon: identity,
    tools: order.tools,
    phase: "starting",
    doing: "starting",
    problem: undefined,
    children: [],
  });
  return identity;
}

async function untilReady(layout: Layout, daemon: ProcessIdentity, report: Report): Promise<CloudState> {
  return (
    (await readyNow(layout, daemon)) ??
    (await step({ say: report, live: report.live }, "Starting the local cloud", (detail) =>
      waitUntilReady(layout, daemon, detail),
    ))
  );
}

async function readyNow(layout: Layout, daemon: ProcessIdentity): Promise<CloudState | undefined> {
  const state = await readState(layout);
  return state?.daemon.pid === daemon.pid ? toCloudState(state) : undefined;
}

async function waitUntilReady(layout: Layout, daemon: ProcessIdentity, detail: Detail): Promise<CloudState> {
  for (;;) {
    const ready = await readyNow(layout, daemon);
    if (ready) return ready;
    if (!(await isAlive(daemon))) throw await didNotStart(layout, (await readState(layout))?.problem);
    detail((await readState(layout))?.doing ?? "");
    await sleep(poll);
  }
}

async function didNotStart(layout: Layout, known: string | undefined): Promise<Problem> {
  const log = daemonLog(layout);
  return new Problem({
    what: "The local cloud did not start",
    why: known ?? `its daemon ended; the end of ${log}:\n${await lastLines(log)}`,
    next: "`npm start` tries again; `npm run local:reset` deletes the local cloud and everything in it",
  });
}
