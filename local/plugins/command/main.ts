import { runPlugin } from "../protocol/main.ts";
import { CommandProvider } from "./provider.ts";

await runPlugin(process.argv.slice(2), (engine) => new CommandProvider(engine, process.env));
