import { archives } from "./archives.ts";
import { openStoreHere, runCommand } from "./cluster-command.ts";

await runCommand((argv) => archives(argv, new Date(), openStoreHere));
