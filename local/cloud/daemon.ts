import { mkdir, rm, writeFile } from "node:fs/promises";
import { messageOf } from "../../providers/kops/model/errors.ts";
import type { Layout } from "../base/layout.ts";
import { Problem } from "../base/problem.ts";
import { Cloud, type CloudTools } from "./cloud.ts";
import { timedLog } from "../base/log.ts";
import { endWith } from "../base/owner.ts";
import { identify, type ProcessIdentity } from "../base/processes.ts";
import { readState } from "./supervision/state.ts";

/** The daemon's first argument, as JSON. */
export interface DaemonOrder {
  readonly layout: Layout;
  readonly tools: CloudTools;
  readonly port?: number;
  /** It stops when this process has ended; without it, it runs until it is stopped. */
  readonly owner?: ProcessIdentity;
}

const log = timedLog(
  (text) => process.stderr.write(text),
  () => new Date(),
);

async function main(order: DaemonOrder): Promise<void> {
  const { layout, tools, port, owner } = order;
  const daemon = await identify(process.pid);
  if (!daemon) throw new Error("the daemon cannot find its own process");
  await mkdir(layout.dir, { recursive: true, mode: 0o700 });
  const remembered = await readState(layout);
  await writeFile(layout.pidFile, `${JSON.stringify(daemon)}\n`, { mode: 0o600 });
  const cloud = new Cloud(layout, tools, daemon, log);

  let stopping: Promise<void> | undefined;
  const stop = (why: string, code: number): void => {
    log(why);
    stopping ??= cloud
      .stop()
      .catch((error: unknown) => {
        log(`while stopping: ${messageOf(error)}`);
      })
      .then(() => rm(layout.pidFile, { force: true }))
      .finally(() => process.exit(code));
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(`stopping on ${signal}`, 0);
    });
  }
  endWith(owner, log);
  process.on("unhandledRejection", (error) => {
    log(`an error that nothing handled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
  try {
    await cloud.start(remembered, port);
  } catch (error) {
    if (stopping) return;
    const why = error instanceof Problem ? `${error.explanation.what}: ${error.explanation.why}` : messageOf(error);
    cloud.fail(why);
    stop(why, 1);
  }
}

await main(JSON.parse(process.argv[2] ?? "{}") as DaemonOrder);
