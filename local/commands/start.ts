import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { attend } from "../bootstrap/become.mjs";
import { endWith, ownerOf } from "../cloud/index.ts";
import type { Layout } from "../base/layout.ts";
import { checkpointFile, clustersOf, defaultStack } from "../base/outputs.ts";
import { Problem } from "../base/problem.ts";
import { buildBeside } from "../plugins/install.ts";
import type { Report } from "../tools/index.ts";
import { requestsAddons } from "../workspace/addons.ts";
import { Phases } from "./phases.ts";
import { prepare } from "./prepare.ts";
import { summary } from "./summary.ts";

/** Brings up the whole environment: tools, local cloud, stack, `pulumi up`. Can be repeated at any point. */
export async function start(layout: Layout, report: Report, args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    throw new Problem({
      what: `npm start does not accept ${args.join(" ")}`,
      why: "it always brings up the whole sandbox",
      next: `npm run local -- pulumi up --stack ${defaultStack} ${args.join(" ")}`,
    });
  }
  endWith(ownerOf(process.env), report);
  const phases = new Phases();
  phases.add("packages", Number(process.env["PILOT_INSTALL_MS"] ?? 0));
  const { env } = await prepare(layout, report, phases);
  if (!existsSync(checkpointFile(layout))) await phases.time("stack", () => makeStack(layout, env));
  const ended = new AbortController();
  const building = (await requestsAddons(layout, defaultStack)) ? buildBeside(layout, env, ended.signal) : undefined;
  // Lines instead of a redrawn screen: readable in a terminal, in a log, and when scrolling back. Nobody is asked to
  // confirm, so a preview would only double the time.
  const code = await phases.time("pulumi up", () =>
    attend(
      join(layout.bin, "pulumi"),
      ["up", "--stack", defaultStack, "--yes", "--skip-preview", "--non-interactive"],
      env,
    ),
  );
  ended.abort();
  await building;
  if (phases.total >= worthTelling) report(`\nTime per phase\n${phases.table()}`);
  report(
    code === 0
      ? `\n${summary(clustersOf(layout)).join("\n")}`
      : `\n\`pulumi up\` ended with exit code ${code}. Next: fix what it reports above, then run npm start ` +
          "again; npm run local shows what runs.",
  );
  return code;
}

/** Milliseconds from which people ask where the time went. */
const worthTelling = 30_000;

async function makeStack(layout: Layout, env: NodeJS.ProcessEnv): Promise<void> {
  const result = await execa(
    join(layout.bin, "pulumi"),
    ["stack", "select", "--create", defaultStack, "--non-interactive"],
    { env, extendEnv: false, stdin: "ignore", all: true, reject: false },
  );
  if (result.failed) {
    throw new Problem(
      {
        what: `The stack ${defaultStack} could not be created`,
        why: result.all,
        next: "npm run local:reset, then npm start",
      },
      result,
    );
  }
}
