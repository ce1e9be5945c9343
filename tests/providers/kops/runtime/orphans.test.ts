import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { endOrphans } from "../../../../providers/kops/runtime/orphans.ts";
import { isAlive } from "../../../../providers/kops/runtime/is-alive.mjs";
import { forTypeScript } from "../../../../local/base/typescript.ts";

/** A kops that works for ever, with a child, and prints its number, its parent's and its child's. */
const endless = "#!/bin/sh\nsleep 1000 &\necho $$ $PPID $!\nwait\n";
/** The same, that does not heed SIGTERM. */
const stubborn = `#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $$ $PPID $!\nwait\n`;

describe("a kOps whose run was killed", function () {
  this.timeout(30_000);
  let folder: string;
  const hosts: ChildProcess[] = [];
  const started: number[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-orphans-"));
    for (const [name, text] of Object.entries({ endless, stubborn })) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    }
  });
  afterEach(() => {
    for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    for (const host of hosts.splice(0)) host.kill("SIGKILL");
  });
  after(() => rm(folder, { recursive: true }));

  const lines: string[] = [];
  async function start(
    binary: "endless" | "stubborn",
    cluster: string,
  ): Promise<{ provider: number; supervisor: number; kops: number; child: number; ended: Promise<string> }> {
    const host = spawn(
      process.execPath,
      [...forTypeScript(), join(import.meta.dirname, "../kops-host.ts"), join(folder, binary), cluster],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    hosts.push(host);
    const reader = createInterface({ input: host.stdout });
    const [first] = (await once(reader, "line")) as [string];
    const [kops = 0, supervisor = 0, child = 0] = first.split(" ").map(Number);
    started.push(kops, supervisor, child);
    const ended = once(reader, "line").then(([line]) => line as string);
    ended.catch(() => undefined);
    return { provider: host.pid ?? 0, supervisor, kops, child, ended };
  }

  /** Waits for processes to be gone; the test's own time limit ends the wait. */
  async function gone(...pids: number[]): Promise<void> {
    while (pids.some(isAlive)) await sleep(20);
  }

  it(
    "is ended, with its children, when its supervisor is killed: the provider sees to it, and the command " +
      "has failed",
    async () => {
      const { supervisor, kops, child, ended } = await start("stubborn", "k1.example.com");
      process.kill(supervisor, "SIGKILL");
      expect(await ended).to.equal("ended 1");
      await gone(kops, child);
    },
  );

  it("is ended by the supervisor, with its children, when the provider is killed", async () => {
    const { provider, supervisor, kops, child } = await start("stubborn", "k1.example.com");
    process.kill(provider, "SIGKILL");
    await gone(supervisor, kops, child);
  });

  it("is ended by the next run on the cluster when both are killed at once, unlike any other kOps", async () => {
    const which = { name: "k1.example.com", stateStore: "s3://state" };
    const orphan = await start("endless", "k1.example.com");
    const deaf = await start("stubborn", "k1.example.com");
    const elsewhere = await start("endless", "k2.example.com");
    const atWork = await start("endless", "k1.example.com");
    for (const { provider, supervisor } of [orphan, deaf, elsewhere]) {
      process.kill(supervisor, "SIGSTOP");
      process.kill(provider, "SIGKILL");
      process.kill(supervisor, "SIGKILL");
    }
    await gone(orphan.provider, orphan.supervisor, deaf.provider, deaf.supervisor, elsewhere.supervisor);
    expect([orphan.kops, orphan.child, deaf.kops, deaf.child, elsewhere.kops].map(isAlive)).to.deep.equal([
      true,
      true,
      true,
      true,
      true,
    ]);

    await endOrphans(which, { say: (text) => lines.push(text) });
    expect([orphan.kops, orphan.child, deaf.kops, deaf.child].map(isAlive)).to.deep.equal([false, false, false, false]);
    expect([elsewhere.kops, atWork.kops, atWork.supervisor].map(isAlive)).to.deep.equal([true, true, true]);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^ending what a killed run left at work \(process .*\)$/);
    await endOrphans(which, { say: (text) => lines.push(text) });
    expect(lines).to.have.length(1);
  });

  it("is marked in its environment with a digest and a process, never a secret", async () => {
    const { kops } = await start("endless", "k1.example.com");
    const marks = (await readFile(`/proc/${kops}/environ`, "utf8"))
      .split("\0")
      .filter((one) => one.startsWith("PILOT_KOPS_"));
    expect(marks.sort()[0]).to.match(/^PILOT_KOPS_CLUSTER=[0-9a-f]{64}$/);
    expect(marks[1]).to.match(/^PILOT_KOPS_PROVIDER=\d+:\d+$/);
  });
});
