import { rm } from "node:fs/promises";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { step } from "../../providers/kops/runtime/long-work.ts";
import type { Layout } from "../base/layout.ts";
import { withLock } from "../bootstrap/lock.mjs";
import { cloudLock, endLeftovers, type Report } from "./ensure.ts";
import { readIfThere } from "../base/files.ts";
import { endProcess, isAlive, processIdentity } from "../base/processes.ts";
import { readState, writeState } from "./supervision/state.ts";

/** Longer than the daemon gives its children. */
const grace = 30_000;

/** Stops the local cloud, and the children that a killed daemon has left. It keeps its state. */
export async function stopCloud(layout: Layout, report: Report): Promise<void> {
  await withLock(cloudLock(layout), async () => {
    const state = await readState(layout);
    if (!state) return;
    if (await isAlive(state.daemon)) {
      await step({ say: report, live: report.live }, "Stopping the local cloud", () => endProcess(state.daemon, grace));
    }
    await endLeftovers(layout);
    const last = await readState(layout);
    if (last && last.phase !== "stopped")
      await writeState(layout, { ...last, phase: "stopped", doing: "stopped", children: [] });
    await rm(layout.pidFile, { force: true });
  });
}

/** Stops the local cloud and deletes its state, even if the state cannot be read. */
export async function forgetCloud(layout: Layout, report: Report = () => undefined): Promise<void> {
  try {
    await stopCloud(layout, report);
  } catch (error) {
    report(`${messageOf(error)}\ndeleting it anyway`);
    await endByPid(layout);
  }
  await rm(layout.dir, { recursive: true, force: true });
}

// The children end with it.
async function endByPid(layout: Layout): Promise<void> {
  const text = await readIfThere(layout.pidFile);
  if (text !== undefined) await endProcess(processIdentity.parse(JSON.parse(text)), grace);
}
