import { openStoreHere, runCommand } from "./cluster-command.ts";
import { destroying } from "./destroying.ts";

await runCommand((argv) => destroying(argv, process.env, openStoreHere));
