import { hostname } from "node:os";
import { makeBucketLike } from "../../providers/kops/move/make-bucket.ts";
import { openMovable } from "../../providers/kops/move/movable-store.ts";
import { consoleProgress } from "../../providers/kops/runtime/progress.ts";
import { identityHere, runCommand } from "./cluster-command.ts";
import { moveStore } from "./moving-store.ts";

const person = process.env["USER"] ?? process.env["LOGNAME"] ?? "somebody";

await runCommand((argv) =>
  moveStore(argv, {
    by: `${person}@${hostname()}`,
    now: new Date(),
    progress: consoleProgress("move", Date.now),
    signal: new AbortController().signal,
    open: (url, as) => openMovable(url, identityHere(as)),
    makeBucket: (from, to, as) => makeBucketLike(from, to, identityHere(as)),
  }),
);
