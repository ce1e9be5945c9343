import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ConfigError } from "../../providers/kops/model/errors.ts";
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

/** One command: its help, its options, and what runs it. */
export interface Definition {
  /** The first line is its summary. */
  about: string;
  /** What follows the command's name. A command on a store takes the store first, in brackets if it can find it. */
  usage: string;
  /** Another name of the command. */
  alias?: string;
  examples: readonly string[];
  /** Help by option: `yes`, or `owner OWNER` if it takes a value. */
  options?: Readonly<Record<string, string>>;
  // As a method it may narrow the options to its own.
  run(typed: Typed<string, string>, given: Partial<Shell>): Promise<Result>;
}

/** Commands and groups of commands, by name. */
export type Tree = Readonly<Record<string, Definition | { about: string; commands: Tree }>>;

/** Options of all commands on a state store. */
export const identityUsage = "[--profile NAME] [--assume-role ARN [--external-id ID]] [--as-shell]";
const identityOptions = {
  "profile NAME": "work as this AWS profile",
  "assume-role ARN": "work as this IAM role",
  "external-id ID": "external id of that role",
  "as-shell": "work as this shell, whatever the journal recorded",
};

/** Options of commands that find their state store. */
const storeUsage = "[--stack STACK]";
const storeOptions = {
  "stack STACK": "use the state store of this stack (default: KOPS_STATE_STORE, else the store of the only stack)",
};

const findsStore = ({ usage }: Pick<Definition, "usage">): boolean => usage.startsWith("[s3://");
const isOnStore = ({ usage }: Pick<Definition, "usage">): boolean => /^\[?s3:\/\//.test(usage);

/** All options of a command, with help. */
export function optionsOf(definition: Pick<Definition, "usage" | "options">): Readonly<Record<string, string>> {
  return {
    ...definition.options,
    ...(findsStore(definition) && storeOptions),
    ...(isOnStore(definition) && identityOptions),
  };
}

function addOptions(command: Command, options: Readonly<Record<string, string>>): void {
  for (const [key, help] of Object.entries(options)) {
    const [name = "", value] = key.split(" ");
    if (value === undefined) command.option(`--${name}`, help);
    else
      command.option(`--${name} <${value}>`, help, (given) => {
        if (given.startsWith("-")) throw new InvalidArgumentError(`--${name} needs a value`);
        return given;
      });
  }
}

function notUnderstood(message: string, next: string): ConfigError {
  const why = message
    .replace(/^error: /, "")
    .replace(/^option '(--[\w-]+) .*' argument missing$/, "$1 needs a value")
    .replace(/\n\(Did you mean (.*)\?\)$/, "; did you mean $1?");
  return new ConfigError({ what: "The command was not understood", why, next });
}

/** Adds a command under its full name, such as `npx pilot pr up`. */
function addCommand(
  command: Command,
  name: string,
  definition: Definition,
  run: (typed: Typed<string, string>) => Promise<void>,
): void {
  const usage = `${name} ${definition.usage}`;
  const [finds, onStore] = [findsStore(definition), isOnStore(definition)];
  const next = [usage, ...(finds ? [storeUsage] : []), ...(onStore ? [identityUsage] : [])].join(" ");
  if (definition.alias !== undefined) command.alias(definition.alias);
  command
    .usage(definition.usage)
    .allowExcessArguments(!/^\[?--/.test(definition.usage))
    .addHelpText(
      "before",
      `${definition.about.replace(/(?<!\.)$/gm, ".")}\n\nExamples:\n` +
        definition.examples.map((words) => `  ${name} ${words}\n`).join(""),
    )
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : notUnderstood(error.message, next);
    });
  addOptions(command, definition.options ?? {});
  if (finds) addOptions(command, storeOptions);
  command.optionsGroup("AWS identity:");
  if (onStore) addOptions(command, identityOptions);
  command.action(async () => {
    // Commander names `--kops-version` kopsVersion; the types are those of the command's module.
    const said = command.opts<Typed<string, string>["options"]>();
    const options = Object.fromEntries(
      command.options
        .filter((option) => command.getOptionValue(option.attributeName()) !== undefined)
        .map((option) => [option.name(), said[option.attributeName()]]),
    );
    await run({ args: command.args, options, usage, refusal: (why) => notUnderstood(why, next) });
  });
}

/** Parses what was typed, and runs the command. */
export async function runTyped(tree: Tree, argv: readonly string[], given: Partial<Shell> = {}): Promise<Result> {
  let result: Result = 0;
  const add = (parent: Command, path: string, commands: Tree): void => {
    for (const [word, entry] of Object.entries(commands)) {
      const command = parent.command(word).summary(entry.about.split("\n", 1).join(""));
      const name = `${path} ${word}`;
      if ("commands" in entry) add(command.description(entry.about), name, entry.commands);
      else
        addCommand(command, name, entry, async (typed) => {
          result = await entry.run(typed, given);
        });
    }
  };
  const program = new Command("npx pilot")
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  add(program, program.name(), tree);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (!error.message.startsWith("error: ")) return error.exitCode;
    throw notUnderstood(error.message, "`npx pilot --help` lists the commands");
  }
  return result;
}
