/** The commands behind `npm start`, `npm run local`, `npm run local:stop`, `npm run local:reset` and `npm test`. */
import { dirname } from "node:path";
import { layoutOf } from "./base/layout.ts";
import type { Layout } from "./base/layout.ts";
import { Problem } from "./base/problem.ts";
import { linesOn } from "../providers/kops/runtime/long-work.ts";
import { reportOf } from "./tools/progress.ts";
import type { Report } from "./tools/progress.ts";

type Command = (layout: Layout, report: Report, args: readonly string[]) => Promise<number>;

// Loaded on demand: `npm run test:unit` must not wait for AWS clients.
const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import("./commands/start.ts")).start,
  run: async () => (await import("./commands/run.ts")).run,
  stop: async () => (await import("./commands/stop.ts")).stop,
  reset: async () => (await import("./commands/stop.ts")).reset,
  test: async () => (await import("./commands/test.ts")).test,
};

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const load = commands[name];
  if (!load) {
    throw new Problem({
      what: `There is no command "${name}"`,
      why: `the commands are ${Object.keys(commands).join(", ")}`,
      next: "npm start, npm run local, npm run local:stop, npm run local:reset or npm test",
    });
  }
  const command = await load();
  return command(layoutOf(dirname(import.meta.dirname)), reportOf(linesOn(process.stderr)), args);
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof Problem ||
    (error instanceof AggregateError && error.errors.every(isExpected)) ||
    (error instanceof Error && error.name === "ConfigError")
  );
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(isExpected(error) ? error.message : error);
  process.exitCode = 1;
}
