import type { z } from "zod";
import { boundedFetch } from "../providers/kops/http/fetch.ts";
import { ConfigError, KopsError, messageOf } from "../providers/kops/model/errors.ts";

/** The part of GitHub's REST API that the commands use. */
export interface GitHub {
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  send<Schema extends z.ZodType>(
    method: "POST" | "PATCH",
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>>;
}

const timeout = 30_000;

/** Attempts when the server fails. A POST is sent once, because the server may have processed it. */
const attempts = 3;

/**
 * GitHub as configured in a workflow: `GITHUB_API_URL`, `GITHUB_REPOSITORY`, `GITHUB_TOKEN`. Paths are relative to the
 * repository's URL.
 */
export function gitHubHere(
  env: NodeJS.ProcessEnv = process.env,
  pause: (milliseconds: number) => Promise<void> = (milliseconds) =>
    new Promise((resolve) => setTimeout(resolve, milliseconds)),
): GitHub {
  const { GITHUB_API_URL: api = "https://api.github.com", GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  if (!repository || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !token) {
    throw new ConfigError({
      what: "GitHub cannot be called",
      why: `${!token ? "GITHUB_TOKEN" : "GITHUB_REPOSITORY (owner/name)"} is not set`,
      next: "run the command in a workflow, or set both",
    });
  }
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const url = `${api.replace(/\/$/, "")}/repos/${repository}/${path}`;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === attempts || method === "POST";
      let answer: Response;
      try {
        answer = await boundedFetch(url, {
          method,
          // A redirect could take the token elsewhere.
          redirect: "error",
          headers: {
            accept: "application/vnd.github+json",
            authorization: `Bearer ${token}`,
            "x-github-api-version": "2022-11-28",
            ...(body !== undefined && { "content-type": "application/json" }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          timeout,
          env,
        });
      } catch (error) {
        if (!last) {
          await pause(attempt * 1000);
          continue;
        }
        throw new KopsError(
          {
            what: `GitHub could not be reached for ${method} ${path}`,
            why: messageOf(error),
            next: "run the job again",
          },
          error,
        );
      }
      if (answer.ok) return await answer.json();
      if (answer.status >= 500 && !last) {
        await pause(attempt * 1000);
        continue;
      }
      const reason = (await answer.text()).slice(0, 500);
      const next =
        answer.status === 403 || answer.status === 404
          ? "check the permissions of the job's token"
          : "run the job again";
      throw new KopsError({ what: `GitHub refused ${method} ${path}`, why: `HTTP ${answer.status}: ${reason}`, next });
    }
  };
  return {
    get: async (path, schema) => schema.parse(await ask("GET", path)),
    send: async (method, path, body, schema) => schema.parse(await ask(method, path, body)),
  };
}
