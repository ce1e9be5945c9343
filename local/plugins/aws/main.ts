import { messageOf } from "../protocol/errors.ts";
import { runPlugin } from "../protocol/main.ts";
import { assertLoopbackEnvironment } from "./endpoints.ts";
import { AwsProvider } from "./provider.ts";

try {
  assertLoopbackEnvironment(process.env);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

await runPlugin(process.argv.slice(2), (engine) => new AwsProvider(engine, process.env));
