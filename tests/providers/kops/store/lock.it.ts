import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import type { Lock } from "../../../../providers/kops/store/lock.ts";
import { isAlive } from "../../../../providers/kops/runtime/is-alive.mjs";
import { openStore } from "../../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { forTypeScript } from "../../../../local/base/typescript.ts";
import { faultsOf } from "../../../e2e/faults.ts";
import type { Faults, FaultRule } from "../../../e2e/faults.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { makeStateBucket, storeVariables } from "../state-bucket.ts";

const region = "ap-southeast-2";
const lifetime = 4000;

describe("the lock of a cluster on S3, and the kOps that works under it", function () {
  this.timeout(60_000);
  let aws: Aws;
  let faults: Faults;
  let store: ObjectStore;
  let storeEnv: Record<string, string>;
  let folder: string;
  const ends: (() => Promise<unknown>)[] = [];

  before(async () => {
    aws = await startAws();
    faults = await faultsOf(aws.endpoint);
    await makeStateBucket(aws.endpoint);
    storeEnv = storeVariables(aws.endpoint);
    store = openStore("s3://state", { region }, storeEnv);
    folder = await mkdtemp(join(tmpdir(), "pilot-lock-"));
    // It notes its number and works for as long as it is let.
    await writeFile(join(folder, "kops"), '#!/bin/sh\necho $$ > "$2"\nexec sleep 300\n');
    await chmod(join(folder, "kops"), 0o700);
  });
  afterEach(async () => {
    await faults.clear();
    for (const end of ends.splice(0).reverse()) await end();
  });
  after(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const take = async (cluster: string, host: string, said: string[] = []): Promise<Lock> => {
    const lock = await acquireLock({
      store,
      cluster,
      owner: `owner on ${host}`,
      operation: "update",
      timeout: 30_000,
      lifetime,
      host,
      signal: new AbortController().signal,
      progress: { say: (text) => said.push(text) },
    });
    ends.push(() => lock.release());
    return lock;
  };

  /** A kops at work under a lock: its process, and how it ended. */
  const work = async (lock: Lock, cluster: string): Promise<{ pid: number; ended: Promise<unknown> }> => {
    const note = join(folder, cluster);
    const kops = new Kops({
      binary: join(folder, "kops"),
      cluster,
      store: store.url,
      folder,
      log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
      signal: lock.signal,
      lease: lock.lease,
      env: process.env,
      apiServer: () => Promise.resolve(undefined),
    });
    const ended = kops.run({ args: ["work", note] }).then(
      () => undefined,
      (error: unknown) => error,
    );
    for (;;) {
      const pid = Number(await readFile(note, "utf8").catch(() => ""));
      if (pid > 0) return { pid, ended };
      await sleep(20);
    }
  };

  const renewal: FaultRule = { service: "s3", action: "PutObject", path: "/lock\\.json", body: '"host":"one"' };
  for (const [how, fault] of [
    ["are refused", { ...renewal, status: 403, code: "AccessDenied", message: "no more" }],
    ["are never answered", { ...renewal, hold: "before" }],
  ] as const) {
    it(`whose renewals ${how} is lost, and its kOps has ended before another machine takes the lock`, async () => {
      const cluster = how.replaceAll(" ", "-");
      const lock = await take(cluster, "one");
      const { pid, ended } = await work(lock, cluster);
      await faults.add(fault);
      const said: string[] = [];
      await take(cluster, "two", said);
      expect(isAlive(pid), "kops while another holds the lock").to.equal(false);
      expect(await ended).to.include({ name: "LockedError" });
      expect(said.join("\n")).to.match(
        /held by update by owner on one on one \(process \d+\)[^]*taking over the lock of a run that died/,
      );
      expect(() => {
        lock.assertHeld();
      }).to.throw(how === "are refused" ? /was lost[^]*no more/ : /was lost[^]*did not answer/);
    });
  }

  it("is kept as long as it is renewed, and then released", async () => {
    const lock = await take("kept", "one");
    const { pid } = await work(lock, "kept");
    await new Promise<void>((resolve) => {
      let left = 6;
      lock.lease.onRenewed(() => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    lock.assertHeld();
    expect(isAlive(pid)).to.equal(true);
    process.kill(pid, "SIGKILL");
    await lock.release();
    const began = Date.now();
    await take("kept", "two");
    expect(Date.now() - began).to.be.lessThan(lifetime / 2);
  });

  it("is lost by a run that was stopped while another took it: its kOps ends at once and nothing more is written", async () => {
    const work = join(folder, "work");
    // It writes all the time and heeds no SIGTERM.
    await writeFile(
      join(folder, "busy"),
      `#!/bin/sh\ntrap '' TERM\necho $PPID\nwhile :; do echo x >> ${work}; sleep 0.05; done\n`,
    );
    await chmod(join(folder, "busy"), 0o700);
    const holder = spawn(
      process.execPath,
      [
        ...forTypeScript(),
        join(import.meta.dirname, "../lock-host.ts"),
        join(folder, "busy"),
        "stopped",
        String(lifetime),
      ],
      { env: { ...process.env, ...storeEnv }, stdio: ["ignore", "pipe", "inherit"] },
    );
    const said = createInterface({ input: holder.stdout });
    const [begun] = (await once(said, "line")) as [string];
    const [provider, supervisor] = [holder.pid ?? 0, Number(begun)];
    ends.push(() => {
      if (holder.exitCode === null) holder.kill("SIGKILL");
      return Promise.resolve();
    });
    const written = async (): Promise<number> => (await readFile(work, "utf8").catch(() => "")).length;
    while ((await written()) === 0) await sleep(20);
    process.kill(provider, "SIGSTOP");
    process.kill(-supervisor, "SIGSTOP");
    await take("stopped", "two");
    const before = await written();
    const theirs = await store.get(pilotKeysOf("stopped").lock);
    const lines: string[] = [];
    said.on("line", (line) => lines.push(line));
    const ended = once(said, "close");
    process.kill(-supervisor, "SIGCONT");
    process.kill(provider, "SIGCONT");
    const woken = Date.now();
    while (isAlive(supervisor)) await sleep(10);
    const after = await written();
    expect(Date.now() - woken).to.be.lessThan(2000);
    // What the shell does in the instant before it is killed.
    expect((after - before) / 2).to.be.at.most(3);
    await ended;
    expect(lines.at(-1)).to.match(/^LockedError: The lock of cluster stopped was lost/);
    await sleep(200);
    expect(await written()).to.equal(after);
    expect((await store.get(pilotKeysOf("stopped").lock))?.body).to.contain('"host":"two"');
    expect(theirs?.body).to.contain('"host":"two"');
  });

  it(
    "ends kops also when the provider is there and does nothing: without its word kops works no longer than the " +
      "lock holds",
    async () => {
      const lock = await take("frozen", "one");
      const silent: Lock = {
        ...lock,
        signal: new AbortController().signal,
        lease: { ...lock.lease, onRenewed: () => () => undefined },
      };
      const { pid, ended } = await work(silent, "frozen");
      const began = Date.now();
      await ended;
      expect(isAlive(pid)).to.equal(false);
      expect(Date.now() - began).to.be.lessThan(lifetime);
    },
  );
});
