import { messageOf } from "../protocol/errors.ts";
import { runPlugin } from "../protocol/main.ts";
import { assertLoopbackEnvironment } from "./shared/endpoints.ts";
import { AwsProvider } from "./provider.ts";

// Without it, the SDK's notice about node versions appears in the run's output, once per plugin process.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

try {
  assertLoopbackEnvironment(process.env);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

await runPlugin(process.argv.slice(2), (engine) => new AwsProvider(engine, process.env));
