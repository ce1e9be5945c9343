import { openStoreHere, runCommand } from "./cluster-command.ts";
import { resumeCluster } from "./pausing.ts";

await runCommand((argv) => resumeCluster(argv, openStoreHere));
