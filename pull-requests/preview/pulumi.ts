import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ConfigError, isMissing, messageOf } from "../../providers/kops/model/errors.ts";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { encryptedDigest } from "./digests.ts";
import { previewDocument } from "./document.ts";
import type { PreviewDocument } from "./document.ts";
import { withoutSecrets } from "./secrets.ts";
import { problemsIn, pulumiPreview, resourceChanges } from "./steps.ts";

/** A stack, and the folder of its program. */
export interface StackPlace {
  folder: string;
  stack: string;
  env?: NodeJS.ProcessEnv;
}

/** How much of the end of Pulumi's output is kept if it printed no preview. */
const keptCharacters = 4000;

async function plansIn(folder: string): Promise<PlanDocument[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(
    files.map(async (name) => planDocument.parse(JSON.parse(await readFile(join(folder, name), "utf8")))),
  );
}

async function stackFile(folder: string, stack: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, `Pulumi.${stack}.yaml`), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Runs `pulumi preview` and returns its result. A failed preview is a result, too. `refresh`: looks at the cloud first,
 * so that drift shows.
 */
export async function previewStack(
  { folder, stack, env = process.env }: StackPlace,
  { commit, refresh = false }: { commit?: string | undefined; refresh?: boolean } = {},
): Promise<PreviewDocument> {
  const plans = await mkdtemp(join(tmpdir(), "pilot-plans-"));
  try {
    // With unchanged resources, whose random names others may have in theirs.
    const args = ["preview", "--json", "--show-sames", "--non-interactive", "--stack", stack];
    if (refresh) args.push("--refresh");
    const ran = await execa("pulumi", args, {
      cwd: folder,
      env: { ...env, PILOT_PLAN_DIR: plans, PILOT_REVIEWED_PLAN: undefined },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      maxBuffer: 256 * 1024 * 1024,
    });
    const head = { version: 1 as const, stack, ...(commit !== undefined && { commit }) };
    const printed = pulumiPreview.safeParse(jsonIn(ran.stdout));
    if (!printed.success) {
      const why = (ran.stderr || ran.stdout || ran.shortMessage || "pulumi printed nothing").slice(-keptCharacters);
      return {
        ...head,
        status: "failed",
        problems: [withoutSecrets(why, env).trim()],
        resources: [],
        unchanged: 0,
        clusters: [],
      };
    }
    const problems = problemsIn(printed.data).map((text) => withoutSecrets(text, env));
    return {
      ...head,
      status: ran.exitCode === 0 ? "planned" : "failed",
      problems:
        ran.exitCode !== 0 && problems.length === 0
          ? [
              withoutSecrets(ran.stderr.slice(-keptCharacters), env).trim() ||
                `pulumi preview ended with exit code ${ran.exitCode ?? "none"}`,
            ]
          : problems,
      resources: resourceChanges(printed.data, encryptedDigest(await stackFile(folder, stack))),
      unchanged: printed.data.changeSummary?.["same"] ?? 0,
      clusters: await plansIn(plans),
    };
  } finally {
    await rm(plans, { recursive: true, force: true });
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Reads a preview from a file. */
export async function readPreview(file: string): Promise<PreviewDocument> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
    return previewDocument.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError(
      {
        what: `${file} is not a valid preview`,
        why: messageOf(error),
        next: "create it again: npx pilot pr preview --stack STACK --out FILE",
      },
      error,
    );
  }
}

/** Runs Pulumi and streams its output. In a GitHub workflow the runner takes none of the output for commands. */
export async function streamPulumi(
  { folder, env = process.env }: Omit<StackPlace, "stack">,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<number> {
  const mark = env["GITHUB_ACTIONS"] === "true" ? randomUUID() : undefined;
  if (mark !== undefined) console.log(`::stop-commands::${mark}`);
  try {
    const ran = await execa("pulumi", args, {
      cwd: folder,
      env: { ...env, ...more },
      extendEnv: false,
      stdio: ["ignore", "inherit", "inherit"],
      reject: false,
    });
    if (ran.exitCode === undefined)
      throw new ConfigError({
        what: "pulumi could not be run",
        why: ran.shortMessage ?? "it returned no exit code",
        next: "install the Pulumi CLI, then run the same command again",
      });
    return ran.exitCode;
  } finally {
    if (mark !== undefined) console.log(`::${mark}::`);
  }
}
