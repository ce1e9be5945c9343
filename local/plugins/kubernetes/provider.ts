import { setTimeout as sleep } from "node:timers/promises";
import { PatchStrategy, V1ObjectMeta, type KubernetesObject } from "@kubernetes/client-node";
import yaml from "js-yaml";
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
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
  UpdateResult,
} from "../protocol/provider.ts";
import { validate } from "../protocol/validate.ts";
import { compact, hasUnknown, isProps, UNKNOWN, type Props, type Value } from "../protocol/values.ts";
import { waitFor } from "../protocol/wait.ts";
import type { ObjectApi } from "./api.ts";
import { changesBetween, projected } from "./changes.ts";
import { configChanges, metadataOf, refusals, settingsOf, type Settings } from "./config.ts";
import { Reach, Refused, UnknownKind, Unreachable } from "./reach.ts";
import { patience, readiness } from "./ready.ts";
import { forcesReplacement } from "./replace.ts";
import { argumentsOf, kindOf, sdk, type Kind } from "./schema.ts";

/** Marks a name that this plugin made up: a replacement then gets another, and can be made before the old one goes. */
const autonamed = "pulumi.com/autonamed";
const fieldManager = "pulumi-kubernetes";
/** Takes over fields of this one object that somebody else has set. */
const patchForce = "pulumi.com/patchForce";
/**
 * Seconds before an object whose namespace or definition is not there is tried again: the official plugin's five times.
 */
const retries = [1, 2, 4, 8, 16];
const unreachable = "configured Kubernetes cluster is unreachable";

/** Which object is meant: without a namespace when its kind has none. */
interface Header extends Kind {
  readonly metadata: V1ObjectMeta & { readonly name: string };
}

/** The plugin for objects of the Kubernetes API, applied on the server's side, one by one. */
export class KubernetesProvider implements Provider {
  readonly name = "kubernetes";
  readonly version = sdk.version;
  readonly #engine: Engine;
  readonly #env: NodeJS.ProcessEnv;
  #configured: { readonly settings: Settings; readonly reach: Reach } | undefined;

  constructor(engine: Engine, env: NodeJS.ProcessEnv) {
    this.#engine = engine;
    this.#env = env;
  }

  async checkConfig({ news }: ConfigRequest): Promise<CheckResult> {
    const declared = await sdk.providerSchema();
    const given = Object.fromEntries(
      Object.entries(news).filter(([name, value]) => name !== "version" && value !== null && typeof value !== "string"),
    );
    const unknown = Object.keys(news)
      .filter((name) => name !== "version" && !declared.has(name))
      .map((property) => ({ property, reason: `there is no property "${property}"` }));
    return {
      inputs: news,
      failures: [...unknown, ...(await validate(given, declared, sdk.declarations)), ...refusals(news)],
    };
  }

  diffConfig({ olds, oldInputs, news }: DiffRequest): Promise<DiffResult> {
    return Promise.resolve({ changes: configChanges(Object.keys(oldInputs).length > 0 ? oldInputs : olds, news) });
  }

  configure(inputs: Props): Promise<void> {
    const settings = settingsOf(inputs, this.#env);
    this.#configured = { settings, reach: new Reach(settings.cluster, settings.patience) };
    return Promise.resolve();
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    const kind = kindOf(request.type);
    if (this.#settings.skipUnreachable && (await this.#problem()) !== undefined) {
      this.#engine.warn(
        "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
        request.urn,
      );
      return { inputs: request.olds, failures: [] };
    }
    const declared = await argumentsOf(request.type);
    const given: Props = { ...present(request.news), apiVersion: kind.apiVersion, kind: kind.kind };
    const failures = declared ? await validate(given, declared, sdk.declarations) : [];
    const { inputs, secrets } = encodeSecret(kind, this.#named(request, given));
    return { inputs, failures, secrets };
  }

  /**
   * The object with a name: the given one, the one it had, or one made of the resource's name and the engine's seed.
   */
  #named({ name, olds, seed }: CheckRequest, given: Props): Props {
    const metadata = isProps(given["metadata"]) ? given["metadata"] : {};
    if (given["metadata"] === UNKNOWN || metadata["name"] !== undefined || metadata["generateName"] !== undefined)
      return given;
    const before = metadataOf(olds).name;
    const annotations = isProps(metadata["annotations"]) ? metadata["annotations"] : {};
    const made =
      wasAutonamed(olds) && before !== undefined
        ? before
        : `${name}-${Buffer.from(seed.subarray(0, 4)).toString("hex") || "00000000"}`;
    return { ...given, metadata: { ...metadata, name: made, annotations: { ...annotations, [autonamed]: "true" } } };
  }

  diff({ type, olds, oldInputs, news, ignoreChanges }: DiffRequest): Promise<DiffResult> {
    const kind = kindOf(type);
    const before = Object.keys(oldInputs).length > 0 ? oldInputs : olds;
    const changes = changesBetween(before, news)
      .filter(
        ({ path }) =>
          !ignoreChanges.some(
            (ignored) => path === ignored || path.startsWith(`${ignored}.`) || path.startsWith(`${ignored}[`),
          ),
      )
      .map((change) => ({ ...change, replace: forcesReplacement(kind, change.path, this.#settings.mutable) }));
    // Under a given name there can be one only.
    return Promise.resolve({ changes, deleteBeforeReplace: !wasAutonamed(news) });
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const { inputs, type, name } = request;
    const what = `creating ${type} "${name}"`;
    if (request.preview) {
      const shown = await this.#rehearse(what, kindOf(type), inputs, (object) =>
        this.#settings.upsert
          ? this.#patch(what, object, true)
          : this.#call(what, (api) => api.create(object as unknown as Header, undefined, "All", fieldManager)),
      );
      return { id: "", outputs: shown ?? inputs };
    }
    const header = await this.#header(what, kindOf(type), inputs);
    if (!this.#settings.upsert && (await this.#get(what, header)) !== undefined) {
      throw new Error(`${what}: it exists already; import it, or set upsertExistingObjects on the provider`);
    }
    return await this.#apply(what, request, inputs);
  }

  async update(request: UpdateRequest): Promise<UpdateResult> {
    const { news, type, name, id, olds } = request;
    const what = `updating ${type} "${name}" (${id})`;
    if (request.preview)
      return {
        outputs: (await this.#rehearse(what, kindOf(type), news, (object) => this.#patch(what, object, true))) ?? {
          ...olds,
          ...news,
        },
      };
    return { outputs: (await this.#apply(what, request, news)).outputs };
  }

  /**
   * What a preview shows: the API's own answer, which has done nothing. Nothing where the official plugin falls back on
   * the wish alone: not known, not reached, not allowed, or made by the same run.
   */
  async #rehearse(
    what: string,
    kind: Kind,
    inputs: Props,
    ask: (object: Props) => Promise<KubernetesObject>,
  ): Promise<Props | undefined> {
    if (hasUnknown(inputs) || (await this.#problem()) !== undefined) return undefined;
    try {
      const header = await this.#header(what, kind, inputs);
      const shown = outputsOf(await ask(this.#withHeader(inputs, header)), inputs);
      return Object.fromEntries(Object.entries(shown).filter(([name]) => name !== "status"));
    } catch (error) {
      if (error instanceof UnknownKind || error instanceof Unreachable) return undefined;
      if (error instanceof Refused && (error.code === 403 || error.reason === "AlreadyExists" || error.code === 404))
        return undefined;
      throw error;
    }
  }

  /** Server-side apply, then the wait until the object is what it stands for. */
  async #apply(
    what: string,
    request: { type: string; urn: string; timeout: number; signal: AbortSignal },
    inputs: Props,
  ): Promise<CreateResult> {
    const { header, object } = await this.#placed(what, request, inputs);
    let live: KubernetesObject = object;
    const id = idOf(header);
    try {
      await waitFor(
        async () => {
          live = (await this.#get(what, header)) ?? live;
          return readiness(live);
        },
        {
          what: `${header.kind} ${id}`,
          timeoutMs: (request.timeout > 0 ? request.timeout : patience) * 1000,
          signal: request.signal,
          log: (message) => {
            this.#engine.info(message, request.urn);
          },
        },
      );
    } catch (error) {
      throw new PartialFailure(messageOf(error), id, outputsOf(live, inputs), { cause: error });
    }
    return { id, outputs: outputsOf(live, inputs) };
  }

  /**
   * Its namespace, or the definition of its kind, may be made by another resource of the same run: then it is tried
   * again.
   */
  async #placed(
    what: string,
    request: { type: string; urn: string; signal: AbortSignal },
    inputs: Props,
  ): Promise<{ header: Header; object: KubernetesObject }> {
    const place = async (): Promise<{ header: Header; object: KubernetesObject }> => {
      const header = await this.#header(what, kindOf(request.type), inputs);
      return { header, object: await this.#patch(what, this.#withHeader(inputs, header)) };
    };
    for (const seconds of retries) {
      try {
        return await place();
      } catch (error) {
        if (!(error instanceof UnknownKind || (error instanceof Refused && error.code === 404))) throw error;
        this.#engine.info(`${messageOf(error)}; tried again in ${seconds} s`, request.urn);
        await sleep(seconds * 1000, undefined, { signal: request.signal });
      }
    }
    return await place();
  }

  #patch(what: string, object: Props, dryRun = false): Promise<KubernetesObject> {
    const { metadata } = object;
    const asked =
      isProps(metadata) && isProps(metadata["annotations"]) ? metadata["annotations"][patchForce] : undefined;
    const force = asked === undefined ? this.#settings.force : asked === "true";
    return this.#call(what, (api) =>
      api.patch(
        object as unknown as Header,
        undefined,
        dryRun ? "All" : undefined,
        fieldManager,
        force || dryRun,
        PatchStrategy.ServerSideApply,
      ),
    );
  }

  #withHeader(inputs: Props, { metadata: { name, namespace } }: Header): Props {
    return {
      ...inputs,
      metadata: {
        ...(isProps(inputs["metadata"]) ? inputs["metadata"] : {}),
        name,
        ...(namespace !== undefined && { namespace }),
      },
    };
  }

  async read({ type, name, id, state, inputs, urn }: ReadRequest): Promise<ReadResult | undefined> {
    const problem = await this.#problem();
    if (problem !== undefined) {
      this.#engine.warn(`${unreachable}: ${problem}`, urn);
      if (this.#settings.deleteUnreachable) return undefined;
      if (this.#settings.skipUnreachable) return { id, state, inputs };
      throw new Error(`failed to read resource state due to unreachable cluster. ${ifDeleted}`);
    }
    const known = Object.keys(inputs).length > 0 ? inputs : state;
    const what = `reading ${type} "${name}" (${id})`;
    const header = await this.#header(
      what,
      kindOf(type),
      Object.keys(known).length > 0 ? known : { metadata: named(id) },
    );
    const live = await this.#get(what, header);
    if (live === undefined) return undefined;
    const now = outputsOf(live, inputs);
    return {
      id,
      state: now,
      inputs: Object.keys(inputs).length > 0 ? seenInputs(inputs, state, now) : withoutServerPart(now),
    };
  }

  async delete(request: DeleteRequest): Promise<void> {
    const { type, name, id, state } = request;
    const what = `deleting ${type} "${name}" (${id})`;
    const problem = await this.#problem();
    if (problem !== undefined) {
      this.#engine.warn(`${unreachable}: ${problem}`, request.urn);
      if (this.#settings.deleteUnreachable) return;
      throw new Error(`${unreachable}. ${ifDeleted}`);
    }
    let header: Header;
    try {
      header = await this.#header(what, kindOf(type), state);
      await this.#call(what, (api) => api.delete(header, undefined, undefined, undefined, undefined, "Background"));
    } catch (error) {
      if (error instanceof UnknownKind || (error instanceof Refused && error.code === 404)) return;
      throw error;
    }
    await waitFor(
      async () => ((await this.#get(what, header)) === undefined ? { done: true } : { pending: "it is still there" }),
      {
        what: `${header.kind} ${id} to be gone`,
        timeoutMs: (request.timeout > 0 ? request.timeout : patience) * 1000,
        signal: request.signal,
        log: (message) => {
          this.#engine.info(message, request.urn);
        },
      },
    );
  }

  /** `yaml.ConfigGroup` and `ConfigFile` have their text taken apart here. */
  invoke(token: string, args: Props): Promise<InvokeResult> {
    if (token !== "kubernetes:yaml:decode")
      throw new UnsupportedError(`the stand-in for the kubernetes plugin has no ${token}`);
    const { text, defaultNamespace } = args;
    if (typeof text !== "string")
      return Promise.resolve({ outputs: {}, failures: [{ property: "text", reason: "must be text" }] });
    const objects = yaml
      .loadAll(text)
      .filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null);
    const result = objects
      .map((one) => compact(one))
      .map((one) =>
        typeof defaultNamespace === "string" && isProps(one["metadata"])
          ? { ...one, metadata: { namespace: defaultNamespace, ...one["metadata"] } }
          : one,
      );
    return Promise.resolve({ outputs: { result }, failures: [] });
  }

  async #get(what: string, header: Header): Promise<KubernetesObject | undefined> {
    try {
      return await this.#call(what, (api) => api.read(header));
    } catch (error) {
      if (error instanceof Refused && error.code === 404) return undefined;
      throw error;
    }
  }

  #call<T>(what: string, use: (api: ObjectApi) => Promise<T>): Promise<T> {
    return this.#ready().reach.call(what, use);
  }

  /** Why the API cannot be reached; nothing when it can. */
  #problem(): Promise<string | undefined> {
    return this.#ready().reach.problem();
  }

  get #settings(): Settings {
    return this.#ready().settings;
  }

  #ready(): { readonly settings: Settings; readonly reach: Reach } {
    if (this.#configured === undefined)
      throw new UnsupportedError("the kubernetes provider was used before it was configured");
    return this.#configured;
  }

  async #header(what: string, kind: Kind, props: Props): Promise<Header> {
    const { name = "", namespace = this.#settings.namespace } = metadataOf(props);
    const namespaced = await this.#call(what, (api) => api.isNamespaced(kind));
    return { ...kind, metadata: Object.assign(new V1ObjectMeta(), { name, ...(namespaced && { namespace }) }) };
  }
}

const ifDeleted =
  "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
  'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

function idOf({ metadata: { name, namespace } }: Header): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function named(id: string): Props {
  const [namespace = "", name] = id.split("/");
  return name === undefined ? { name: namespace } : { namespace, name };
}

function outputsOf(live: KubernetesObject, inputs: Props): Props {
  const props = compact(live as unknown as Record<string, unknown>);
  const { metadata } = props;
  if (isProps(metadata))
    props["metadata"] = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== "managedFields"));
  if (inputs["stringData"] !== undefined) props["stringData"] = inputs["stringData"];
  return props;
}

/**
 * The arguments as they are now: a part is taken from the server only where it differs from what the last apply left
 * there.
 */
function seenInputs(inputs: Props, before: Props, now: Props): Props {
  const seen: Props = {};
  for (const name of Object.keys(inputs)) {
    const kept = seenValue(inputs[name], before[name], now[name]);
    if (kept !== undefined) seen[name] = kept;
  }
  return seen;
}

function seenValue(wish: Value | undefined, before: Value | undefined, now: Value | undefined): Value | undefined {
  const is: Value | undefined = projected(wish, now);
  if (changesBetween(projected(wish, before), is).length === 0) return wish;
  return is;
}

function withoutServerPart(state: Props): Props {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name !== "status"));
}

function wasAutonamed(props: Props): boolean {
  const { metadata } = props;
  return isProps(metadata) && isProps(metadata["annotations"]) && metadata["annotations"][autonamed] === "true";
}

/** `stringData` as the server keeps it, beside itself; all content of a Secret is secret. */
function encodeSecret({ kind }: Kind, inputs: Props): { inputs: Props; secrets: ReadonlySet<string> } {
  if (kind !== "Secret") return { inputs, secrets: new Set() };
  const { data, stringData } = inputs;
  const all: Props = isProps(data) ? { ...data } : {};
  const clear: Props = isProps(stringData) ? stringData : {};
  for (const key of Object.keys(clear)) all[key] = base64(clear[key] ?? null);
  return {
    inputs: Object.keys(all).length > 0 ? { ...inputs, data: all } : inputs,
    secrets: new Set(["data", "stringData"].filter((name) => name === "data" || inputs[name] !== undefined)),
  };
}

function present(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== null));
}

function base64(value: Value): Value {
  return typeof value === "string" ? Buffer.from(value).toString("base64") : value;
}
