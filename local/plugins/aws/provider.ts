import { compare, isNone } from "../protocol/diff.ts";
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
  PropertyChange,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
  UpdateResult,
} from "../protocol/provider.ts";
import { validate } from "../protocol/validate.ts";
import { compact, hasUnknown, isProps, UNKNOWN, type Props, type Value } from "../protocol/values.ts";
import { waitFor } from "../protocol/wait.ts";
import { Clients } from "./shared/client.ts";
import { checkConfig, diffConfig, resolveConfig, type Settings } from "./shared/config.ts";
import { asText, sameDocument } from "./shared/documents.ts";
import { explain, ifThere, isAbsent } from "./shared/errors.ts";
import { text, type Context, type Handler } from "./shared/handler.ts";
import { findInvoke } from "./invokes/index.ts";
import { autoname, DEFAULTED } from "./shared/names.ts";
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
import { mergeTags, splitTags, tagChanges, withoutIgnored, type TagSettings } from "./shared/tags.ts";

/** The plugin: what all resource types have in common, around the handler of each. */
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
    // `ignoreChanges: ["tagsAll"]` makes the engine give back what an earlier check computed; it is computed anew.
    const news: Props = Object.fromEntries(
      Object.entries(request.news).filter(([name, value]) => value !== null && name !== "tagsAll"),
    );
    // A document that is an object is judged as the text it becomes: what may stand in it is for the service to say.
    for (const name of handler.documents ?? []) {
      const document = news[name];
      if (document !== undefined && !hasUnknown(document)) news[name] = asText(document);
    }
    const unknown = new Set((handler.documents ?? []).filter((name) => hasUnknown(news[name])));
    const known = Object.fromEntries(Object.entries(news).filter(([name]) => !unknown.has(name)));
    const failures = await validate(known, new Map([...declared].filter(([name]) => !unknown.has(name))), declarations);
    failures.push(...unsupported(handler, news));
    const inputs = failures.length > 0 ? news : this.complete(request, handler, news, declared.has("tags"));
    if (failures.length === 0 && handler.validate) failures.push(...handler.validate(inputs));
    return { inputs, failures };
  }

  /** The arguments as they will be applied: defaults, a name, the provider's tags, in the form AWS gives them back. */
  private complete(request: CheckRequest, handler: Handler, news: Props, tagged: boolean): Props {
    const inputs: Props = { ...news };
    const defaulted: string[] = [];
    for (const [name, value] of Object.entries(handler.defaults ?? {})) {
      if (inputs[name] !== undefined) continue;
      inputs[name] = value;
      defaulted.push(name);
    }
    const rule = handler.autoname;
    if (
      rule &&
      inputs[rule.property] === undefined &&
      (rule.prefixProperty === undefined || inputs[rule.prefixProperty] === undefined)
    ) {
      const previous = request.olds[DEFAULTED];
      const keeps =
        Array.isArray(previous) && previous.includes(rule.property) ? request.olds[rule.property] : undefined;
      inputs[rule.property] = keeps ?? autoname(request, rule);
      defaulted.push(rule.property);
    }
    if (defaulted.length > 0) inputs[DEFAULTED] = defaulted;
    if (tagged) inputs["tagsAll"] = mergeTags(inputs["tags"], this.ready().settings.tags);
    return handler.normalise ? handler.normalise(inputs) : inputs;
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    const changes = await this.changesOf(handler, schema, request.news, request.olds);
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

  private async changesOf(
    handler: Handler,
    schema: TypeSchema,
    wish: Props,
    state: Props,
  ): Promise<Omit<PropertyChange, "replace">[]> {
    const { tags } = this.ready().settings;
    const tagged = schema.inputs.has("tags");
    const masked = (props: Props): Props =>
      "tags" in props ? { ...props, tags: without(props["tags"], tags) ?? null } : props;
    const documents = Object.fromEntries((handler.documents ?? []).map((name) => [name, sameDocument]));
    const changes = await compare(tagged ? masked(wish) : wish, tagged ? masked(state) : state, {
      ...schema,
      declarations,
      sets: new Set(handler.sets ?? []),
      same: { ...documents, ...handler.same },
    });
    if (!tagged) return changes;
    // `tagsAll` is no argument of the type, yet the provider's default tags change resources through it.
    const own = new Set(changes.map(({ path }) => path));
    const all = await compareTagsAll(without(wish["tagsAll"], tags), without(state["tagsAll"], tags));
    return [...changes, ...all.filter(({ path }) => !own.has(path))];
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const handler = await findHandler(request.type);
    const schema = await schemaOf(request.type);
    if (request.preview) return { id: "", outputs: this.expected(handler, schema, request.inputs) };
    let id: string | undefined;
    const context = this.context(request, request.inputs, (made) => {
      id = made;
    });
    const what = `creating ${request.type} "${request.name}"`;
    try {
      id = await explain(what, () => handler.create(context, request.inputs));
      const found = await explain(`reading back ${request.type} "${request.name}" (${id})`, () =>
        this.observe(handler, context, id ?? "", {}, request.inputs),
      );
      if (found === undefined) throw new Error(`${what}: AWS does not show ${id} right after it was made`);
      return { id: found.id, outputs: found.outputs };
    } catch (error) {
      if (id === undefined) throw error;
      throw new PartialFailure(messageOf(error), id, withId(id, request.inputs), { cause: error });
    }
  }

  /** What a preview can say of the outputs: what was asked for, and "not known yet" for what AWS makes up. */
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
    const inputs = await this.inputsOf(handler, schema, request.inputs, found.outputs);
    return { id: found.id, state: found.outputs, inputs };
  }

  /** The resource as AWS shows it, with what AWS does not show taken from what was last applied. */
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

  /** The arguments that would give the state: those already as wished are left exactly as they were written. */
  private async inputsOf(handler: Handler, schema: TypeSchema, previous: Props, state: Props): Promise<Props> {
    const imported = Object.keys(previous).length === 0;
    const drifted = new Set(
      imported ? [] : (await this.changesOf(handler, schema, previous, state)).map(({ path }) => rootOf(path)),
    );
    const inputs: Props = {};
    for (const name of [DEFAULTED, "tagsAll", ...schema.inputs.keys()]) {
      const before = previous[name];
      const now = state[name];
      if (!imported && !drifted.has(name)) {
        if (before !== undefined) inputs[name] = before;
      } else if (now !== undefined && !isNone(now) && name !== "region") {
        inputs[name] = now;
      }
    }
    return inputs;
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
      // Some of it may be done: what is there now is saved, so that the next run compares with the truth.
      const now = await this.observe(handler, context, request.id, request.olds, request.oldInputs).catch(
        () => undefined,
      );
      throw new PartialFailure(messageOf(error), request.id, now?.outputs ?? request.olds, { cause: error });
    }
    const found = await explain(what, () => this.observe(handler, context, request.id, request.olds, request.news));
    if (found === undefined) throw new Error(`${what}: it is not there any more; run \`pulumi refresh\` and try again`);
    return { outputs: found.outputs };
  }

  async delete(request: DeleteRequest): Promise<void> {
    const handler = await findHandler(request.type);
    const context = this.context(request, request.state, () => undefined);
    await explain(`deleting ${request.type} "${request.name}" (${request.id})`, async () => {
      try {
        await handler.delete(context, request.id, request.state);
      } catch (error) {
        // "Not found" may be said of another thing that the delete needed: it counts only when this one is gone.
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
      `the AWS account ${account} is none of the provider's allowedAccountIds (${allowedAccountIds.join(", ")})`,
    );
  }
}

async function compareTagsAll(
  wish: Value | undefined,
  state: Value | undefined,
): Promise<Omit<PropertyChange, "replace">[]> {
  const map = { kind: "map", item: { kind: "string" } } as const;
  const inputs = new Map([["tagsAll", { name: "tagsAll", type: map, optional: true }]]);
  return compare({ tagsAll: wish ?? {} }, { tagsAll: state ?? {} }, { inputs, outputs: new Map(), declarations });
}

function without(tags: Value | undefined, settings: TagSettings): Value | undefined {
  return isProps(tags) ? withoutIgnored(tags, settings) : tags;
}

/** Whether a change lies in what `ignoreChanges` names; `tags["*"]` and `tags.*` stand for everything in `tags`. */
function isWithin(path: string, ignored: string): boolean {
  const base = ignored.replace(/(\.\*|\["?\*"?\])$/, "");
  return path === base || path.startsWith(`${base}.`) || path.startsWith(`${base}[`);
}

function forcesReplacement(handler: Handler, path: string): boolean {
  const root = rootOf(path);
  return handler.replace.includes(root) || (root === "region" && !handler.global);
}

function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function withId(id: string, props: Props): Props {
  return { ...withoutInternal(props), id };
}

function withoutInternal(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}

/**
 * An argument that exists but that this stand-in does nothing with is refused: to leave it out in silence would be a
 * lie.
 */
function unsupported(handler: Handler, inputs: Props): CheckFailure[] {
  return (handler.unsupported ?? [])
    .filter((name) => !isNone(inputs[name]))
    .map((name) => ({
      property: name,
      reason:
        `the stand-in for the AWS plugin does not carry out "${name}" of ${handler.token}; leave it out on the ` +
        "local cloud",
    }));
}
