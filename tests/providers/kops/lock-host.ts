import { tmpdir } from "node:os";
import { Kops } from "../../../providers/kops/kops-cli/kops.ts";
import { acquireLock } from "../../../providers/kops/store/lock.ts";
import { openStore } from "../../../providers/kops/store/object-store.ts";

/*
 * A provider of its own, for tests to stop: runs `binary` as kOps under the lock of one cluster. Prints the process
 * group of kOps, then how it ended.
 *
 *   node --import ./typescript.mjs lock-host.ts BINARY CLUSTER LIFETIME
 */
const [binary = "", cluster = "", lifetime = ""] = process.argv.slice(2);
const progress = { say: () => undefined };
const lock = await acquireLock({
  store: openStore("s3://state", { region: process.env["S3_REGION"] ?? "" }),
  cluster,
  owner: "one",
  operation: "update",
  timeout: 0,
  lifetime: Number(lifetime),
  host: "one",
  signal: new AbortController().signal,
  progress,
});
const kops = new Kops({
  binary,
  cluster,
  store: "s3://state",
  folder: tmpdir(),
  log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
  signal: lock.signal,
  lease: lock.lease,
  env: process.env,
  apiServer: () => Promise.resolve(undefined),
});
try {
  await kops.run({
    args: [],
    onLine: (line) => {
      console.log(line);
    },
  });
  console.log("ended");
} catch (error) {
  console.log(String(error).split("\n")[0]);
} finally {
  await lock.release();
}
