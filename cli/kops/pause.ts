import { hostname } from "node:os";
import { openStoreHere, runCommand } from "./cluster-command.ts";
import { pauseCluster } from "./pausing.ts";

// The name the person is known by in this shell; in a container the user id may have no name at all.
const person = process.env["USER"] ?? process.env["LOGNAME"] ?? "somebody";

await runCommand((argv) => pauseCluster(argv, `${person}@${hostname()}`, new Date(), openStoreHere));
