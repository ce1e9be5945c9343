import { runPlugin } from "../protocol/main.ts";
import { KubernetesProvider } from "./provider.ts";

await runPlugin(process.argv.slice(2), (engine) => new KubernetesProvider(engine, process.env));
