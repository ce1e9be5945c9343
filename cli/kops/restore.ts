import { hostname } from "node:os";
import { consoleProgress } from "../../providers/kops/runtime/progress.ts";
import { openStoreHere, runCommand } from "./cluster-command.ts";
import { restoreManifests } from "./restoring.ts";

const person = process.env["USER"] ?? process.env["LOGNAME"] ?? "somebody";

await runCommand((argv) =>
  restoreManifests(argv, {
    by: `${person}@${hostname()}`,
    now: new Date(),
    progress: consoleProgress(argv[1] ?? "", Date.now),
    signal: new AbortController().signal,
    open: openStoreHere,
  }),
);
