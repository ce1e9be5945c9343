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
  async function run(seconds: number, isRenewed: boolean): Promise<KopsResult> {
    const binary = join(folder, "kops");
    await writeFile(binary, `#!/bin/sh\necho begun\nsleep ${seconds}\necho done\n`);
    await chmod(binary, 0o755);
    const listeners = new Set<() => void>();
    const lease: Lease = {
      remaining: () => holds,
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
      env: process.env,
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

  it("is ended by the supervisor when the lease expires, because another run may take the lock", async () => {
    const began = Date.now();
    const { exitCode, stdout } = await run(8, false);
    expect(exitCode).not.to.equal(0);
    expect(stdout).to.equal("begun");
    expect(Date.now() - began).to.be.at.least(holds - 100);
  });
});
