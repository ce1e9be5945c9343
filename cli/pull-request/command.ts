import { appendFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { ConfigError, ExplainedError, messageOf } from "../../providers/kops/model/errors.ts";
import { isStackName } from "../../pull-requests/classify/paths.ts";

// Its notice would stand between what the commands say.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** The project: where the program stands. */
export const project = `${import.meta.dirname}/../..`;

/** Reads words such as `--stack sbx`; each option takes a value. */
export function readOptions<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
  usage: string,
): { options: Partial<Record<Name, string>> } {
  const options: ParseArgsConfig["options"] = Object.fromEntries(
    names.map((name) => [name, { type: "string" as const }]),
  );
  try {
    return { options: parseArgs({ args: [...argv], options }).values as Partial<Record<Name, string>> };
  } catch (error) {
    throw new ConfigError({ what: "The command was not understood", why: messageOf(error), next: usage }, error);
  }
}

export function required(value: string | undefined, name: string, usage: string): string {
  if (value) return value;
  throw new ConfigError({ what: "The command was not understood", why: `--${name} is missing`, next: usage });
}

export function stackNamed(value: string | undefined, usage: string): string {
  const stack = required(value, "stack", usage);
  if (isStackName(stack)) return stack;
  throw new ConfigError({
    what: `${JSON.stringify(stack)} is no name of a stack`,
    why: "it takes letters, digits, hyphens and underscores",
    next: usage,
  });
}

export function pullNamed(value: string | undefined, usage: string): number {
  const text = required(value, "pull", usage);
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new ConfigError({
    what: `${JSON.stringify(text)} is no pull request`,
    why: "it takes its number",
    next: usage,
  });
}

export function commitNamed(value: string | undefined, name: string, usage: string): string {
  const text = required(value, name, usage);
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw new ConfigError({
    what: `${JSON.stringify(text)} is no commit`,
    why: `--${name} takes a full commit id`,
    next: usage,
  });
}

/** Hands values to the next steps and jobs of a workflow; outside of one, nothing happens. */
export async function handOver(
  values: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const file = env["GITHUB_OUTPUT"];
  if (!file) return;
  const bad = Object.entries(values).filter(([name, value]) => /[\r\n=]/.test(name) || /[\r\n]/.test(value));
  if (bad.length > 0)
    throw new Error(`a value of several lines cannot be handed over: ${bad.map(([name]) => name).join(", ")}`);
  await appendFile(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
}

/** Runs a command; its number becomes the exit code. */
export async function runCommand(work: (argv: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
