import type { Engine } from "../protocol/engine.ts";
import { messageOf, PartialFailure, UnsupportedError } from "../protocol/errors.ts";
import type {
  CheckRequest,
  CheckResult,
  ConfigRequest,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeResult,
  PropertyChange,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
  UpdateResult,
} from "../protocol/provider.ts";
import { validate } from "../protocol/validate.ts";
import { compact, hasUnknown, UNKNOWN, type Props, type Value } from "../protocol/values.ts";
import { waitFor } from "../protocol/wait.ts";
import { completed, unsupported } from "./arguments.ts";
import { changesOf, forcesReplacement, inputsOf, isWithin, rootOf } from "./changes.ts";
import { Clients } from "./shared/client.ts";
import { checkConfig, diffConfig, resolveConfig, type Settings } from "./shared/config.ts";
import { asText } from "./shared/documents.ts";
import { explain, ifThere, isAbsent } from "./shared/errors.ts";
import { text, type Context, type Handler } from "./shared/handler.ts";
import { findInvoke } from "./invokes/index.ts";
import { partitionOf } from "./shared/partition.ts";
import { findHandler } from "./resources/index.ts";
import {
  declarations,
  functionSchemaOf,
  providerSchema,
  schemaOf,
  sdkVersion,
  type TypeSchema,
} from "./shared/schema.ts";
import { splitTags, tagChanges } from "./shared/tags.ts";

/** The plugin. Does what all resource types have in common; a handler does the rest for each type. */
export class AwsProvider implements Provider {
  readonly name = "aws";
  readonly version = sdkVersion;
  private readonly env: NodeJS.ProcessEnv;
  private readonly engine: Engine;
  private configured: { readonly settings: Settings; readonly clients: Clients } | undefined;

  constructor(engine: Engine, env: NodeJS.ProcessEnv) {
    this.engine = engine;
    this.env = env;
  }

  async checkConfig({ news }: ConfigRequest): Promise<CheckResult> {
    return {
      inputs: news,
      failures: checkConfig(news, await providerSchema()),
      secrets: new Set(["secretKey", "token"].filter((name) => name in news)),
    };
  }

  diffConfig({ olds, oldInputs, news }: DiffRequest): Promise<DiffResult> {
    return Promise.resolve({ changes: diffConfig(Object.keys(oldInputs).length > 0 ? oldInputs : olds, news) });
  }

  async configure(inputs: Props): Promise<void> {
    const failures = checkConfig(inputs, await providerSchema());
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    const settings = resolveConfig(inputs, this.env);
    const clients = new Clients(settings);
    await assertAccount(settings, clients);
    this.configured = { settings, clients };
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    const handler = await findHandler(request.type);
    const { inputs: declared } = await schemaOf(request.type);
    // With `ignoreChanges: ["tagsAll"]` the engine returns what an earlier check computed; compute it again.
    const news: Props = Object.fromEntries(
      Object.entries(request.news).filter(([name, value]) => value !== null && name !== "tagsAll"),
    );
    // A document given as an object is checked as the text it becomes: the service decides what it may contain.
    for (const name of handler.documents ?? []) {
      const document = news[name];
      if (document !== undefined && !hasUnknown(document)) news[name] = asText(document);
    }
    const unknown = new Set((handler.documents ?? []).filter((name) => hasUnknown(news[name])));
    const known = Object.fromEntries(Object.entries(news).filter(([name]) => !unknown.has(name)));
    const failures = await validate(known, new Map([...declared].filter(([name]) => !unknown.has(name))), declarations);
    failures.push(...unsupported(handler, news));
    const inputs =
      failures.length > 0
        ? news
        : completed(request, handler, news, declared.has("tags") ? this.ready().settings.tags : undefined);
    if (failures.length === 0 && handler.validate) failures.push(...handler.validate(inputs));
    return { inputs, failures };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    const changes = await changesOf(handler, schema, request.news, request.olds, this.ready().settings.tags);
    const kept = changes.filter(({ path }) => !request.ignoreChanges.some((ignored) => isWithin(path, ignored)));
    const byValue = handler.replaces?.(request.olds, request.news) ?? [];
    return {
      changes: kept.map((change): PropertyChange => ({
        ...change,
        replace: forcesReplacement(handler, change.path) || byValue.includes(rootOf(change.path)),
      })),
      deleteBeforeReplace: handler.deleteBeforeReplace ?? false,
    };
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    if (request.preview) return { id: "", outputs: this.expected(handler, schema, request.inputs) };
    let id: string | undefined;
    const context = this.context(request, request.inputs, (made) => {
      id = made;
    });
    // The official plugin's errors, too, have the name in AWS.
    const called = request.inputs["bucket"] ?? request.inputs["name"];
    const inAws = typeof called === "string" ? ` (${called})` : "";
    const what = `creating ${request.type} "${request.name}"${inAws}`;
    try {
      id = await explain(what, () => handler.create(context, request.inputs));
      const found = await explain(`reading back ${request.type} "${request.name}" (${id})`, () =>
        this.observe(handler, context, id ?? "", {}, request.inputs),
      );
      if (found === undefined) throw new Error(`${what}: AWS does not return ${id} right after creating it`);
      return { id: found.id, outputs: found.outputs };
    } catch (error) {
      if (id === undefined) throw error;
      throw new PartialFailure(messageOf(error), id, withId(id, request.inputs), { cause: error });
    }
  }

  /** The outputs in a preview: the given arguments, and "not known yet" for what AWS chooses. */
  private expected(handler: Handler, schema: TypeSchema, inputs: Props): Props {
    const outputs: Props = {};
    for (const property of schema.outputs.values()) {
      const value = inputs[property.name];
      if (property.name === "urn" || property.name === "id") continue;
      if (property.name === "region" && !handler.global) outputs["region"] = value ?? this.ready().settings.region;
      else if (value !== undefined) outputs[property.name] = value;
      else if (!property.optional) outputs[property.name] = UNKNOWN;
    }
    return outputs;
  }

  async read(request: ReadRequest): Promise<ReadResult | undefined> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    const context = this.context(request, request.state, () => undefined);
    const what = `reading ${request.type} "${request.name}" (${request.id})`;
    const found = await explain(what, () => this.observe(handler, context, request.id, request.state, request.inputs));
    if (found === undefined) return undefined;
    const inputs = await inputsOf(handler, schema, request.inputs, found.outputs, this.ready().settings.tags);
    return { id: found.id, state: found.outputs, inputs };
  }

  /** The resource as AWS returns it; what AWS does not return comes from what was last applied. */
  private async observe(
    handler: Handler,
    context: Context,
    id: string,
    state: Props,
    inputs: Props,
  ): Promise<{ id: string; outputs: Props } | undefined> {
    const observed = await ifThere(() => handler.read(context, id, { ...inputs, ...state }));
    if (observed === undefined) return undefined;
    const outputs = compact(observed.state);
    for (const name of handler.writeOnly ?? []) {
      const value = inputs[name] ?? state[name];
      if (value !== undefined) outputs[name] = value;
    }
    if (observed.tags !== undefined)
      Object.assign(outputs, splitTags(observed.tags, inputs["tags"] ?? state["tags"], context.tagSettings));
    if (!handler.global) outputs["region"] ??= context.region;
    const actual = observed.id ?? id;
    return { id: actual, outputs: withId(actual, outputs) };
  }

  async update(request: UpdateRequest): Promise<UpdateResult> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    if (request.preview) {
      const known = Object.fromEntries(
        Object.entries(request.olds).filter(
          ([name]) =>
            schema.outputs.get(name)?.optional !== true ||
            name in request.news ||
            (handler.writeOnly ?? []).includes(name),
        ),
      );
      const renewed: Props = Object.fromEntries(
        (handler.renews?.(request.olds, request.news) ?? []).map((name): [string, Value] => [name, UNKNOWN]),
      );
      return { outputs: { ...known, ...renewed, ...withoutInternal(request.news) } };
    }
    const context = this.context(request, request.olds, () => undefined);
    const what = `updating ${request.type} "${request.name}" (${request.id})`;
    try {
      if (handler.tag) {
        const changes = tagChanges(request.olds["tagsAll"], request.news["tagsAll"], context.tagSettings);
        if (changes.remove.length > 0 || Object.keys(changes.set).length > 0) {
          await explain(what, () => handler.tag?.(context, request.id, changes, request.olds) ?? Promise.resolve());
        }
      }
      await explain(what, () => handler.update?.(context, request.id, request.olds, request.news) ?? Promise.resolve());
    } catch (error) {
      // Part of the update may be done. Save what exists now, so that the next run compares with the truth.
      const now = await this.observe(handler, context, request.id, request.olds, request.oldInputs).catch(
        () => undefined,
      );
      throw new PartialFailure(messageOf(error), request.id, now?.outputs ?? request.olds, { cause: error });
    }
    const found = await explain(what, () => this.observe(handler, context, request.id, request.olds, request.news));
    if (found === undefined) throw new Error(`${what}: it no longer exists; run \`pulumi refresh\` and try again`);
    return { outputs: found.outputs };
  }

  async delete(request: DeleteRequest): Promise<void> {
    const handler = await findHandler(request.type);
    const context = this.context(request, request.state, () => undefined);
    await explain(`deleting ${request.type} "${request.name}" (${request.id})`, async () => {
      try {
        await handler.delete(context, request.id, request.state);
      } catch (error) {
        // "Not found" may be about something else that the delete needed: it counts only if this resource is gone.
        if (!isAbsent(error)) throw error;
        if ((await ifThere(() => handler.read(context, request.id, request.state))) !== undefined) throw error;
      }
    });
  }

  async invoke(token: string, args: Props): Promise<InvokeResult> {
    const invoke = await findInvoke(token);
    const { inputs: declared } = await functionSchemaOf(token);
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
    const failures = await validate(given, declared, declarations);
    if (failures.length > 0) return { outputs: {}, failures };
    const { settings, clients } = this.ready();
    const region = text(given, "region") ?? settings.region;
    const outputs = await explain(`calling ${token}`, () =>
      invoke(
        {
          clients,
          region,
          partition: partitionOf(region),
          tagSettings: settings.tags,
          account: () => clients.whoami().then(({ account }) => account),
        },
        given,
      ),
    );
    return { outputs: compact(outputs), failures: [] };
  }

  private ready(): { settings: Settings; clients: Clients } {
    if (this.configured === undefined) throw new UnsupportedError("the AWS provider was used before it was configured");
    return this.configured;
  }

  private context(
    request: { urn: string; timeout: number; signal: AbortSignal },
    props: Props,
    created: (id: string) => void,
  ): Context {
    const { settings, clients } = this.ready();
    const region = text(props, "region") ?? settings.region;
    return {
      clients,
      region,
      partition: partitionOf(region),
      tagSettings: settings.tags,
      account: () => clients.whoami().then(({ account }) => account),
      created,
      waitFor: (what, seconds, probe) =>
        waitFor(probe, {
          what,
          timeoutMs: (request.timeout > 0 ? request.timeout : seconds) * 1000,
          signal: request.signal,
          log: (message) => {
            this.engine.info(message, request.urn);
          },
        }),
    };
  }
}

async function assertAccount({ allowedAccountIds, forbiddenAccountIds }: Settings, clients: Clients): Promise<void> {
  if (allowedAccountIds.length === 0 && forbiddenAccountIds.length === 0) return;
  const { account } = await clients.whoami();
  if (forbiddenAccountIds.includes(account))
    throw new Error(`the AWS account ${account} is one of the provider's forbiddenAccountIds`);
  if (allowedAccountIds.length > 0 && !allowedAccountIds.includes(account)) {
    throw new Error(
      `the AWS account ${account} is not one of the provider's allowedAccountIds (${allowedAccountIds.join(", ")})`,
    );
  }
}

function withId(id: string, props: Props): Props {
  return { ...withoutInternal(props), id };
}
function withoutInternal(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}
