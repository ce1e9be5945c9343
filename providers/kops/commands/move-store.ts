import { hostname } from "node:os";
import { makeBucketLike } from "../move/make-bucket.ts";
import { openMovable } from "../move/movable-store.ts";
import { consoleProgress } from "../run/progress.ts";
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
