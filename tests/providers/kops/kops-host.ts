import { tmpdir } from "node:os";
import { Kops } from "../../../providers/kops/kops-cli/kops.ts";
import { markOf } from "../../../providers/kops/runtime/orphans.ts";

/*
 * A provider of its own, for tests to kill: runs `binary` as kOps for one cluster until it ends. Prints what that
 * prints, then how it ended.
 *
 *   node --import ./typescript.mjs kops-host.ts BINARY CLUSTER
 */
const [binary = "", cluster = ""] = process.argv.slice(2);
const which = { name: cluster, stateStore: "s3://state" };
const kops = new Kops({
  binary,
  cluster,
  store: which.stateStore,
  folder: tmpdir(),
  log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
  signal: new AbortController().signal,
  env: { ...process.env, ...markOf(which) },
  apiServer: () => Promise.resolve(undefined),
});
const result = await kops.run({
  args: [],
  mayFail: true,
  onLine: (line) => {
    console.log(line);
  },
});
console.log(`ended ${result.exitCode}`);
