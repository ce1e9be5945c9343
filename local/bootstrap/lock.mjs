// Plain JavaScript without dependencies: the first command in a fresh clone needs it before anything is installed.
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { isGone, machineOf, startOfProcess } from "../../providers/kops/runtime/process-identity.mjs";

const poll = 200;

const absent = (error) => error?.code === "ENOENT";

async function holderOf(path) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { ...JSON.parse(text), mtimeMs };
  } catch (error) {
    if (absent(error)) return undefined;
    throw error;
  }
}

// Tells how long a waiter has seen a file unchanged, by a clock that nobody steps: machines that share a disk may
// disagree about the time of day, with each other and with the disk.
function watching() {
  let seen;
  return (state) => {
    if (seen?.state !== state) seen = { state, since: performance.now() };
    return performance.now() - seen.since;
  };
}

const stateOf = (holder) => `${holder.token} ${holder.mtimeMs}`;

// Two waiters may find the same dead holder. The one that moves its file away must be sure that it is the dead holder's
// file and not the other waiter's new lock, so only one at a time may try.
async function clear(path, token, staleAfter, unchangedFor) {
  const guard = `${path}.clearing`;
  try {
    await writeFile(guard, token, { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    const made = await stat(guard).catch((cause) => {
      if (absent(cause)) return undefined;
      throw cause;
    });
    if (made && unchangedFor(`${made.ino} ${made.mtimeMs}`) > staleAfter) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await holderOf(path))?.token === token) await rename(path, `${path}.left-${token}`);
    await rm(`${path}.left-${token}`, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function take(path, options) {
  const machine = machineOf();
  const mine = { pid: process.pid, began: startOfProcess("self"), machine, host: hostname(), token: randomUUID() };
  const staleAfter = options.staleAfter ?? 30_000;
  const draft = `${path}.${mine.token}`;
  const unchangedFor = watching();
  const guardUnchangedFor = watching();
  let told = false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, JSON.stringify(mine));
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      try {
        // A link, unlike a plain create, gives the lock file its content in the same instant.
        await utimes(draft, new Date(), new Date());
        await link(draft, path);
        return mine.token;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const holder = await holderOf(path);
      if (!holder) continue;
      if (isGone(holder, { machine }) || unchangedFor(stateOf(holder)) > staleAfter) {
        await clear(path, holder.token, staleAfter, guardUnchangedFor);
        if (!(await holderOf(path))) continue;
      }
      if (!told) options.onWait?.(`process ${holder.pid} on ${holder.host} (${path})`);
      told = true;
      await delay(poll, undefined, { signal: options.signal });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

// Another process may have taken it while this one was suspended; then there is nothing to keep.
async function keep(path, token) {
  const now = new Date();
  if ((await holderOf(path))?.token === token) await utimes(path, now, now);
}

export async function withLock(path, task, options = {}) {
  const token = await take(path, options);
  const beat = setInterval(
    () => {
      keep(path, token).catch((error) => {
        if (!absent(error)) console.error(`The lock ${path} could not be kept: ${error.message}`);
      });
    },
    (options.staleAfter ?? 30_000) / 6,
  );
  beat.unref();
  try {
    return await task();
  } finally {
    clearInterval(beat);
    if ((await holderOf(path))?.token === token) await rm(path, { force: true });
  }
}
