import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import type { KopsResult } from "../../../../providers/kops/kops-cli/kops.ts";
import type { Lease } from "../../../../providers/kops/store/lock.ts";

/** Milliseconds for which the lock holds each time. */
const holds = 1200;

describe("kOps under the lease of its lock", function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-lease-"));
  });
  after(() => rm(folder, { recursive: true }));

  /** The real supervisor over a kOps that takes `seconds`, under a lease that is renewed or is not. */
  async function run(seconds: number, isRenewed: boolean, preload = "", lasts = holds): Promise<KopsResult> {
    const binary = join(folder, "kops");
    // It does not heed SIGTERM: when the lease is over, another run may be at work.
    await writeFile(binary, `#!/bin/sh\ntrap '' TERM\necho begun\nsleep ${seconds}\necho done\n`);
    await chmod(binary, 0o755);
    const listeners = new Set<() => void>();
    const lease: Lease = {
      remaining: () => lasts,
      onRenewed(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const log = {
      path: "none",
      write: () => undefined,
      redact: (text: string) => text,
      close: () => Promise.resolve(),
    };
    const kops = new Kops({
      binary,
      cluster: "k1.example.com",
      store: "s3://state",
      folder,
      log,
      signal: new AbortController().signal,
      env: { ...process.env, ...(preload && { NODE_OPTIONS: `--import=${preload}` }) },
      lease,
      apiServer: () => Promise.resolve(undefined),
    });
    const renewals = setInterval(() => {
      if (isRenewed) for (const listen of listeners) listen();
    }, 100);
    try {
      const result = await kops.run({ args: [], mayFail: true });
      expect(listeners.size, "no listener stays after the end").to.equal(0);
      return result;
    } finally {
      clearInterval(renewals);
    }
  }

  it("continues as long as the lease is renewed: the supervisor hears of each renewal", async () => {
    expect(await run((2 * holds) / 1000, true)).to.include({ exitCode: 0, stdout: "begun\ndone" });
  });

  for (const [how, jump] of [
    ["its machine was suspended", "const { uptime } = os; os.uptime = () => uptime() + by() / 1000;"],
    ["its virtual machine was paused", "const { now } = Date; Date.now = () => now() + by();"],
  ] as const)
    it(`is ended by the supervisor alone within a second or two after ${how}: timers do not count that`, async () => {
      const preload = join(folder, "jump.mjs");
      await writeFile(
        preload,
        `import os from "node:os";
         import { syncBuiltinESMExports } from "node:module";
         const begun = process.hrtime.bigint();
         const by = () => (process.hrtime.bigint() - begun > 1_500_000_000n ? 3_600_000 : 0);
         ${jump}
         syncBuiltinESMExports();`,
      );
      const began = Date.now();
      const { exitCode, stdout, stderr } = await run(8, true, preload, 45_000);
      expect(exitCode).not.to.equal(0);
      expect(stdout).to.equal("begun");
      expect(stderr).to.contain("the lease of the cluster's lock is over");
      expect(Date.now() - began).to.be.lessThan(5000);
    });

  it("is ended by the supervisor when the lease expires, because another run may take the lock", async () => {
    const began = Date.now();
    const { exitCode, stdout } = await run(8, false);
    expect(exitCode).not.to.equal(0);
    expect(stdout).to.equal("begun");
    expect(Date.now() - began).to.be.at.least(holds - 100);
  });
});
