import { hostname } from "node:os";
import { consoleProgress } from "../../providers/kops/runtime/progress.ts";
import { openStoreHere, runCommand } from "./cluster-command.ts";
import { withdraw } from "./withdrawing.ts";

const person = process.env["USER"] ?? process.env["LOGNAME"] ?? "somebody";

// The first Ctrl-C stops kOps in good order; the deletion is continued by the same command.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    stop.abort();
  });

await runCommand((argv) =>
  withdraw(argv, {
    by: `${person}@${hostname()}`,
    progress: consoleProgress(argv[1] ?? "", Date.now),
    signal: stop.signal,
    env: process.env,
    open: openStoreHere,
  }),
);
