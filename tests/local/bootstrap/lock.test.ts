import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { withLock } from "../../../local/bootstrap/lock.mjs";
import { temporaryFolders } from "../temporary.ts";

const lockModule = new URL("../../../local/bootstrap/lock.mjs", import.meta.url).href;

/** Gives up as soon as it would wait: the name of its error, or `taken`. */
async function attempt(path: string): Promise<string> {
  const stop = new AbortController();
  const onWait = (): void => {
    stop.abort();
  };
  const waiting = withLock(path, () => Promise.resolve("taken"), { signal: stop.signal, onWait });
  return await waiting.catch((error: unknown) => (error as Error).name);
}

describe("the lock between processes", () => {
  const folder = temporaryFolders();

  it("has one holder at a time, and leaves nothing behind", async () => {
    const place = await folder();
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 5 }, () =>
        withLock(join(place, "lock"), async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        }),
      ),
    );
    expect(most).to.equal(1);
    expect(await readdir(place)).to.deep.equal([]);
  });

  it("is released when the work fails", async () => {
    const path = join(await folder(), "lock");
    await withLock(path, () => Promise.reject(new Error("work"))).catch(() => undefined);
    expect(await withLock(path, () => Promise.resolve("again"))).to.equal("again");
  });

  it("is taken over from a killed process, and the waiter learns who holds it", async () => {
    const path = join(await folder(), "lock");
    const holder = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `
      import { withLock } from ${JSON.stringify(lockModule)};
      await withLock(${JSON.stringify(path)}, () => {
        console.log("held");
        return new Promise(() => setInterval(() => {}, 1000));
      });
    `,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    const told: string[] = [];
    const waiting = withLock(path, () => Promise.resolve("taken"), {
      onWait: (text) => {
        told.push(text);
        holder.kill("SIGKILL");
      },
    });
    expect(await waiting).to.equal("taken");
    expect(told).to.have.length(1);
    expect(told[0]).to.include(`process ${holder.pid ?? "?"} `);
  });

  it("is taken over from another machine only after a long time without renewal", async () => {
    const path = join(await folder(), "lock");
    await writeFile(path, JSON.stringify({ pid: process.pid, host: `not-${hostname()}`, token: "other" }));
    // Its clock, or that of the disk, is wrong by decades: only what this process sees counts.
    await utimes(path, 0, 0);
    const began = performance.now();
    expect(await withLock(path, () => Promise.resolve("taken"), { staleAfter: 600 })).to.equal("taken");
    expect(performance.now() - began).to.be.at.least(600);
  });

  it("is not taken over from a container with the same host name and a process that cannot be seen here", async () => {
    const path = join(await folder(), "lock");
    const machine = `${hostname()} another boot and namespace`;
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, machine, host: hostname(), token: "other" }));
    expect(await attempt(path)).to.equal("AbortError");
  });

  it("is waited for no longer than the waiter allows", async () => {
    const path = join(await folder(), "lock");
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), token: "other" }));
    expect(await attempt(path)).to.equal("AbortError");
  });
});
