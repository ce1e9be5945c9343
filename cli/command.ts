import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ConfigError } from "../providers/kops/model/errors.ts";
import type { Shell } from "./shell.ts";

/** What was typed after the name of a command. */
export interface Typed<Name extends string = never, Flag extends string = never> {
  args: readonly string[];
  options: Partial<Record<Name, string> & Record<Flag, true>>;
  /** How the command is typed. */
  usage: string;
  /** The error for words that the command cannot take. */
  refusal: (why: string) => ConfigError;
}

/** The text for standard output, or an exit code. */
export type Result = string | number;

/** One command: its help, its options, and the module that runs it, which is loaded when it runs. */
export interface Definition {
  /** What follows the command's name. */
  usage: string;
  summary: string;
  /** Consequences, one sentence each line. */
  description?: string;
  examples: readonly string[];
  /** Options that take a value, by name: its placeholder and its help. */
  values?: Readonly<Record<string, readonly [placeholder: string, help: string]>>;
  flags?: Readonly<Record<string, string>>;
  /** Whether it takes words beside options (default: as `onStore`). */
  takesWords?: boolean;
  /** Whether it reads a state store, with the options for the AWS identity. */
  onStore?: boolean;
  // Method syntax: each command names the options it takes.
  run(typed: Typed<string, string>, given: Partial<Shell>): Promise<Result>;
}

/** A command, or a group of commands. */
export type Tree = Readonly<Record<string, Definition | Group>>;

interface Group {
  summary: string;
  commands: Tree;
}

/** Options of all commands on a state store. */
export const identityUsage = "[--profile NAME] [--assume-role ARN [--external-id ID]] [--as-shell]";
const identityValues = {
  profile: ["NAME", "work as this AWS profile"],
  "assume-role": ["ARN", "work as this IAM role"],
  "external-id": ["ID", "external id of that role"],
} as const;
const identityFlags = { "as-shell": "work as this shell, whatever the journal recorded" };

function valueOf(name: string): (value: string) => string {
  return (value) => {
    if (value.startsWith("-")) throw new InvalidArgumentError(`--${name} needs a value`);
    return value;
  };
}

type Start = (run: () => Promise<Result>) => Promise<void>;

function addCommand(command: Command, definition: Definition, given: Partial<Shell>, start: Start): void {
  const { summary, description, examples, onStore, takesWords } = definition;
  const usage = `${nameOf(command)} ${definition.usage}`;
  const refusal = (why: string): ConfigError =>
    new ConfigError({
      what: "The command was not understood",
      why,
      next: onStore ? `${usage} ${identityUsage}` : usage,
    });
  command
    .summary(summary)
    .usage(definition.usage)
    .allowExcessArguments(takesWords ?? onStore ?? false)
    .addHelpText(
      "before",
      [
        `${summary}.${description === undefined ? "" : `\n${description}`}`,
        "",
        "Examples:",
        ...examples.map((line) => `  ${nameOf(command)} ${line}`),
        "",
      ].join("\n"),
    )
    .exitOverride((error) => {
      if (error.exitCode === 0) throw error;
      throw refusal(
        error.message.replace(/^error: /, "").replace(/^option '(--[\w-]+) .*' argument missing$/, "$1 needs a value"),
      );
    });
  const add = (
    values: Readonly<Record<string, readonly [string, string]>> = {},
    flags: Readonly<Record<string, string>> = {},
  ): void => {
    for (const [name, [placeholder, help]] of Object.entries(values))
      command.option(`--${name} <${placeholder}>`, help, valueOf(name));
    for (const [name, help] of Object.entries(flags)) command.option(`--${name}`, help);
  };
  add(definition.values, definition.flags);
  command.optionsGroup("AWS identity:");
  if (onStore) add(identityValues, identityFlags);
  command.action(() => {
    // Commander names `--kops-version` kopsVersion; the types are those of the command's module.
    const said = command.opts<Typed<string, string>["options"]>();
    const options = Object.fromEntries(
      command.options
        .filter((option) => command.getOptionValue(option.attributeName()) !== undefined)
        .map((option) => [option.name(), said[option.attributeName()]]),
    );
    return start(() => definition.run({ args: command.args, options, usage, refusal }, given));
  });
}

/** The command's name with those of its groups. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function addTree(parent: Command, tree: Tree, given: Partial<Shell>, start: Start): void {
  for (const [name, entry] of Object.entries(tree)) {
    const command = parent.command(name);
    if ("run" in entry) addCommand(command, entry, given, start);
    else addTree(command.summary(entry.summary).description(`${entry.summary}.`), entry.commands, given, start);
  }
}

/** Parses what was typed, and runs the command. */
export async function runTyped(
  tree: Tree,
  argv: readonly string[],
  description: string,
  given: Partial<Shell> = {},
): Promise<Result> {
  let result: Result = 0;
  const program = new Command("npx pilot")
    .description(description)
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => undefined });
  addTree(program, tree, given, async (run) => {
    result = await run();
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (!error.message.startsWith("error: ")) return error.exitCode;
    throw new ConfigError(
      {
        what: "The command was not understood",
        why: error.message.replace(/^error: /, ""),
        next: "`npx pilot --help` lists the commands",
      },
      error,
    );
  }
  return result;
}
