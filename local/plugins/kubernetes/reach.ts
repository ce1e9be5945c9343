import { ApiException, VersionApi, type KubeConfig } from "@kubernetes/client-node";
import { messageOf, UnsupportedError } from "../protocol/errors.ts";
import { ObjectApi } from "./api.ts";

/**
 * Default time limit of one answer in milliseconds: about that of the official plugin's first request (client-go's
 * discovery).
 */
export const answerWithin = 30_000;

/** The API answered with a refusal. */
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

/** The API does not answer, or the login failed. */
export class Unreachable extends Error {}

/**
 * The connection to one cluster's API. The first caller alone checks once per plugin process whether the API answers:
 * this also creates the credential, which the others then share.
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

  /** Why the API cannot be reached; undefined if it can. */
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

  /** Calls the API, and distinguishes a refusal from no answer. */
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
      // The client's own error for a kind that the API does not serve.
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

/** The API serves no objects of this kind: its definition does not exist (yet). */
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
