import "./keep-compiled.cjs";
import { connectEngine, silentEngine, type Engine } from "./engine.ts";
import { messageOf } from "./errors.ts";
import type { Provider } from "./provider.ts";
import { serve } from "./server.ts";

/** The whole life of a plugin process: the engine starts it, reads its port, and ends it. */
export async function runPlugin(argv: readonly string[], build: (engine: Engine) => Provider): Promise<void> {
  const address = argv.findLast((arg) => /^[^-].*:\d+$/.test(arg));
  const cancellation = new AbortController();
  const leave = (code: number): void => {
    cancellation.abort(new Error("cancelled: the plugin is ending"));
    process.exit(code);
  };
  try {
    const engine =
      address === undefined
        ? silentEngine
        : connectEngine(address, () => {
            leave(1);
          });
    const { port } = await serve(build(engine), cancellation);
    process.on("SIGTERM", () => {
      leave(0);
    });
    process.stdout.write(`${port}\n`);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    leave(1);
  }
}
