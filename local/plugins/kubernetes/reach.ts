import { ApiException, VersionApi, type KubeConfig } from "@kubernetes/client-node";
import { messageOf, UnsupportedError } from "../protocol/errors.ts";
import { ObjectApi } from "./api.ts";

/**
 * Milliseconds for one answer when the provider says nothing else. The official plugin's first look has about as long
 * (client-go's discovery).
 */
export const answerWithin = 30_000;

/** The API answered, and the answer is no. */
export class Refused extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(what: string, cause: ApiException<unknown>) {
    const { message, reason } = statusOf(cause);
    super(`${what}: ${message} (${cause.code})`, { cause });
    this.code = cause.code;
    this.reason = reason;
  }
}

/** There is no answer: nothing listens, nothing comes back, or nobody can log in. */
export class Unreachable extends Error {}

/**
 * The way to one cluster's API. Whether it is there is asked once in the life of the plugin, by the first who needs it,
 * alone: with it comes the credential, which the others then share instead of making one each.
 */
export class Reach {
  readonly #cluster: KubeConfig | undefined;
  readonly #patience: number;
  #api: ObjectApi | undefined;
  #contact: Promise<string | undefined> | undefined;

  constructor(cluster: KubeConfig | undefined, patience: number) {
    this.#cluster = cluster;
    this.#patience = patience;
  }

  /** Why the API cannot be reached; nothing when it can. */
  problem(): Promise<string | undefined> {
    const cluster = this.#cluster;
    if (cluster === undefined) return Promise.resolve("its kubeconfig is not known yet");
    this.#contact ??= this.#inTime(cluster.makeApiClient(VersionApi).getCode()).then(
      () => undefined,
      (error: unknown) =>
        error instanceof ApiException
          ? `the API answered ${statusOf(error).message} (${error.code})`
          : messageOf(error),
    );
    return this.#contact;
  }

  /** Does something with the API, and tells a refusal from no answer. */
  async call<T>(what: string, use: (api: ObjectApi) => Promise<T>): Promise<T> {
    const problem = await this.problem();
    if (problem !== undefined)
      throw new Unreachable(`${what}: configured Kubernetes cluster is unreachable: ${problem}`);
    if (this.#cluster === undefined) throw new UnsupportedError(`${what}: the kubeconfig is not known yet`);
    this.#api ??= this.#cluster.makeApiClient(ObjectApi);
    try {
      return await this.#inTime(use(this.#api));
    } catch (error) {
      if (error instanceof ApiException) throw new Refused(what, error);
      // The client itself says so of a kind that the API does not serve.
      if (error instanceof Error && /Unrecognized API version and kind/.test(error.message))
        throw new UnknownKind(`${what}: ${error.message}`, { cause: error });
      throw new Unreachable(`${what}: the Kubernetes API cannot be reached: ${messageOf(error)}`, { cause: error });
    }
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${this.#patience / 1000} s`));
      }, this.#patience);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The API serves no objects of this kind: its definition is not there (yet). */
export class UnknownKind extends Error {}

function statusOf({ code, body }: ApiException<unknown>): { message: string; reason: string } {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    const { message = text, reason = "" } = JSON.parse(text) as { message?: string; reason?: string };
    return { message, reason };
  } catch {
    return { message: text, reason: String(code) };
  }
}
