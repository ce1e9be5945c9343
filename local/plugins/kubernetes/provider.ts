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
import { compact, hasUnknown, isProps, type Props } from "../protocol/values.ts";
import { waitFor } from "../protocol/wait.ts";
import type { ObjectApi } from "./api.ts";
import { changesBetween } from "./changes.ts";
import { configChanges, metadataOf, refusals, settingsOf, type Settings } from "./config.ts";
import {
  autonamed,
  encodeSecret,
  idOf,
  named,
  outputsOf,
  present,
  seenInputs,
  wasAutonamed,
  withHeader,
  withoutServerPart,
  type Header,
} from "./objects.ts";
import { Reach, Refused, UnknownKind, Unreachable } from "./reach.ts";
import { patience, readiness } from "./ready.ts";
import { forcesReplacement } from "./replace.ts";
import { argumentsOf, kindOf, sdk, type Kind } from "./schema.ts";

const fieldManager = "pulumi-kubernetes";
/** Takes over the fields of this object that another field manager has set. */
const patchForce = "pulumi.com/patchForce";
/** Seconds between attempts while the namespace or the definition does not exist: five, as in the official plugin. */
const retries = [1, 2, 4, 8, 16];
const unreachable = "configured Kubernetes cluster is unreachable";

/** The plugin for objects of the Kubernetes API. It uses server-side apply, one object at a time. */
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
    const { inputs, secrets } = encodeSecret(kind, autonamed(request, given));
    return { inputs, failures, secrets };
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
    // Only one object can have a given name.
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
      throw new Error(`${what}: it already exists; import it, or set upsertExistingObjects on the provider`);
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
   * The API's answer to a dry run, for a preview. Undefined where the official plugin falls back on the inputs alone:
   * values not known yet, API not reached or not allowed, or a namespace made by the same run.
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
      const shown = outputsOf(await ask(withHeader(inputs, header)), inputs);
      return Object.fromEntries(Object.entries(shown).filter(([name]) => name !== "status"));
    } catch (error) {
      if (error instanceof UnknownKind || error instanceof Unreachable) return undefined;
      if (error instanceof Refused && (error.code === 403 || error.reason === "AlreadyExists" || error.code === 404))
        return undefined;
      throw error;
    }
  }

  /** Applies the object on the server, then waits until it is ready. */
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

  /** Applies the object, and retries while another resource of the same run creates its namespace or definition. */
  async #placed(
    what: string,
    request: { type: string; urn: string; signal: AbortSignal },
    inputs: Props,
  ): Promise<{ header: Header; object: KubernetesObject }> {
    const place = async (): Promise<{ header: Header; object: KubernetesObject }> => {
      const header = await this.#header(what, kindOf(request.type), inputs);
      return { header, object: await this.#patch(what, withHeader(inputs, header)) };
    };
    for (const seconds of retries) {
      try {
        return await place();
      } catch (error) {
        if (!(error instanceof UnknownKind || (error instanceof Refused && error.code === 404))) throw error;
        this.#engine.info(`${messageOf(error)}; retrying in ${seconds} s`, request.urn);
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
      async () => ((await this.#get(what, header)) === undefined ? { done: true } : { pending: "it still exists" }),
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

  /** Splits the text of `yaml.ConfigGroup` and `ConfigFile` into objects. */
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

  /** Why the API cannot be reached; undefined if it can. */
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
