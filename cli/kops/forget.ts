import { hostname } from "node:os";
import { consoleProgress } from "../../providers/kops/runtime/progress.ts";
import { openStoreHere, runCommand } from "./cluster-command.ts";
import { forgetCluster } from "./forgetting.ts";

const person = process.env["USER"] ?? process.env["LOGNAME"] ?? "somebody";

await runCommand((argv) =>
  forgetCluster(argv, {
    by: `${person}@${hostname()}`,
    progress: consoleProgress(argv[1] ?? "", Date.now),
    signal: new AbortController().signal,
    open: openStoreHere,
  }),
);
