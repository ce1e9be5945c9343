import { randomBytes } from "node:crypto";
import { compare } from "../protocol/diff.ts";
import type { Engine } from "../protocol/engine.ts";
import { messageOf, PartialFailure, UnsupportedError } from "../protocol/errors.ts";
import type {
  CheckFailure,
  CheckRequest,
  CheckResult,
  ConfigRequest,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeResult,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
  UpdateResult,
} from "../protocol/provider.ts";
import { sdkOf } from "../protocol/sdk.ts";
import type { TypeSchema } from "../protocol/sdk.ts";
import { validate } from "../protocol/validate.ts";
import { isProps, UNKNOWN, type Props } from "../protocol/values.ts";
import { defaultInterpreter, runCommand, type Command, type Logging, type Printed } from "./run.ts";

const sdk = sdkOf("command");
const commandType = "command:local:Command";
const runToken = "command:local:run";

/** Arguments of the official plugin that this stand-in would silently ignore, so it refuses them. */
const unsupported = ["archivePaths", "assetPaths"];

const loggings: readonly Logging[] = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** The plugin for commands on this machine: `local.Command` and `local.run`. It does not support commands over SSH. */
export class CommandProvider implements Provider {
  readonly name = "command";
  readonly version = sdk.version;
  readonly #engine: Engine;
  readonly #env: NodeJS.ProcessEnv;

  constructor(engine: Engine, env: NodeJS.ProcessEnv) {
    this.#engine = engine;
    this.#env = env;
  }

  async checkConfig({ news }: ConfigRequest): Promise<CheckResult> {
    const given = Object.fromEntries(Object.entries(news).filter(([name]) => name !== "version"));
    return { inputs: news, failures: await validate(given, await sdk.providerSchema(), sdk.declarations) };
  }

  diffConfig(): Promise<DiffResult> {
    return Promise.resolve({ changes: [] });
  }

  configure(): Promise<void> {
    return Promise.resolve();
  }

  async check({ type, news }: CheckRequest): Promise<CheckResult> {
    const { inputs } = await schemaOf(type);
    const given = present(news);
    return { inputs: given, failures: [...(await validate(given, inputs, sdk.declarations)), ...refusals(given)] };
  }

  /** A change of `triggers` replaces the command; any other runs `update`, or `create` again without one. */
  async diff({ type, olds, news }: DiffRequest): Promise<DiffResult> {
    const changes = await compare(news, olds, { ...(await schemaOf(type)), declarations: sdk.declarations });
    return { changes: changes.map((change) => ({ ...change, replace: /^triggers\b/.test(change.path) })) };
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const { inputs, name } = request;
    if (request.preview) return { id: "", outputs: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } };
    const printed = await this.#run(request, text(inputs, "create"), inputs);
    return { id: `${name}${randomBytes(8).toString("hex")}`, outputs: { ...inputs, ...printed } };
  }

  /** The effect of a command cannot be read: it stays as it was. */
  read({ id, state, inputs }: ReadRequest): Promise<ReadResult> {
    return Promise.resolve({ id, state, inputs });
  }

  async update(request: UpdateRequest): Promise<UpdateResult> {
    const { news, olds, id } = request;
    if (request.preview) return { outputs: { ...news, stdout: UNKNOWN, stderr: UNKNOWN } };
    try {
      const printed = await this.#run(request, text(news, "update") ?? text(news, "create"), news, olds);
      return { outputs: { ...news, ...printed } };
    } catch (error) {
      throw new PartialFailure(messageOf(error), id, olds, { cause: error });
    }
  }

  async delete(request: DeleteRequest): Promise<void> {
    await this.#run(request, text(request.state, "delete"), request.state, request.state);
  }

  async invoke(token: string, args: Props): Promise<InvokeResult> {
    if (token !== runToken) throw unknownToken(token);
    const inputs = await sdk.declarations.ofFile("local/run.d.ts", "RunArgs");
    if (inputs === undefined) throw unknownToken(token);
    const given = present(args);
    const failures = [...(await validate(given, inputs, sdk.declarations)), ...refusals(given)];
    if (failures.length > 0) return { outputs: {}, failures };
    const printed = await runCommand(
      commandOf(text(given, "command") ?? "", given),
      this.#env,
      new AbortController().signal,
      () => undefined,
    );
    return { outputs: { ...given, ...printed }, failures: [] };
  }

  /** Runs one of the three scripts, if given. The last output is in its environment, as in the official plugin. */
  async #run(
    request: { urn: string; signal: AbortSignal },
    script: string | undefined,
    props: Props,
    before: Props = {},
  ): Promise<Printed> {
    const last = { stdout: text(before, "stdout") ?? "", stderr: text(before, "stderr") ?? "" };
    if (script === undefined || script === "") return last;
    const passed =
      props["addPreviousOutputInEnv"] === false
        ? {}
        : {
            ...(last.stdout && { PULUMI_COMMAND_STDOUT: last.stdout }),
            ...(last.stderr && { PULUMI_COMMAND_STDERR: last.stderr }),
          };
    return await runCommand(commandOf(script, props), { ...this.#env, ...passed }, request.signal, (line) => {
      this.#engine.info(line, request.urn);
    });
  }
}

async function schemaOf(type: string): Promise<TypeSchema> {
  if (type !== commandType) throw unknownToken(type);
  const inputs = await sdk.declarations.ofFile("local/command.d.ts", "CommandArgs");
  const outputs = await sdk.declarations.ofFile("local/command.d.ts", "Command");
  if (inputs === undefined || outputs === undefined) throw unknownToken(type);
  return { inputs, outputs };
}

function unknownToken(token: string): UnsupportedError {
  return new UnsupportedError(`the stand-in for the command plugin has ${commandType} and ${runToken}, not ${token}`);
}

function commandOf(script: string, props: Props): Command {
  const interpreter = props["interpreter"];
  const environment = props["environment"];
  return {
    script,
    interpreter:
      Array.isArray(interpreter) && interpreter.length > 0
        ? interpreter.filter((part) => typeof part === "string")
        : defaultInterpreter,
    dir: text(props, "dir"),
    environment: isProps(environment)
      ? Object.fromEntries(
          Object.entries(environment).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
        )
      : {},
    stdin: text(props, "stdin"),
    logging: loggings.find((one) => one === props["logging"]) ?? "stdoutAndStderr",
  };
}

function refusals(props: Props): CheckFailure[] {
  return unsupported
    .filter((name) => props[name] !== undefined)
    .map((name) => ({
      property: name,
      reason: `the stand-in for the command plugin does not support "${name}"; leave it out on the local cloud`,
    }));
}

function present(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== null));
}

function text(props: Props, name: string): string | undefined {
  const value = props[name];
  return typeof value === "string" ? value : undefined;
}
