import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { clearDeadLocks } from "../../../local/workspace/backend-locks.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { temporaryFolders } from "../temporary.ts";

describe("locks on a stack of the local cloud", () => {
  const folder = temporaryFolders();

  const dead = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

  for (const { name, holder, goes } of [
    { name: "are removed if their process is gone", holder: () => ({ pid: dead(), hostname: hostname() }), goes: true },
    { name: "stay while their process lives", holder: () => ({ pid: process.pid, hostname: hostname() }), goes: false },
    {
      name: "stay if they belong to another machine",
      holder: () => ({ pid: dead(), hostname: `not-${hostname()}` }),
      goes: false,
    },
  ]) {
    it(name, async () => {
      const layout = layoutOf(await folder(), {});
      const place = join(layout.backend, ".pulumi", "locks", "organization", "pilot", "sbx");
      await mkdir(place, { recursive: true });
      await writeFile(
        join(place, "id.json"),
        JSON.stringify({ ...holder(), username: "me", timestamp: "2026-01-01T00:00:00Z" }),
      );
      const lines: string[] = [];
      await clearDeadLocks(layout, (line) => lines.push(line));
      expect(existsSync(join(place, "id.json"))).to.equal(!goes);
      expect(lines).to.have.length(goes ? 1 : 0);
    });
  }

  it("need not exist before the first run", async () => {
    await clearDeadLocks(layoutOf(await folder(), {}), () => undefined);
  });
});
