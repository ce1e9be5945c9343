import { z } from "zod";
import { boundedFetch } from "../providers/kops/http/fetch.ts";
import { ConfigError, KopsError, messageOf } from "../providers/kops/model/errors.ts";

/** The part of GitHub's APIs that the commands use. */
export interface GitHub {
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  send<Schema extends z.ZodType>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>>;
  /** Asks the GraphQL API about this repository: `$owner` and `$name` are given. */
  query<Schema extends z.ZodType>(
    text: string,
    variables: Readonly<Record<string, unknown>>,
    schema: Schema,
  ): Promise<z.output<Schema>>;
}

/** GitHub's answer to a request that it refused. */
export class RefusedByGitHub extends KopsError {
  readonly status: number;

  constructor(request: string, status: number, reason: string) {
    super({
      what: `GitHub refused ${request}`,
      why: `HTTP ${status}: ${reason}`,
      next: status === 403 || status === 404 ? "check the permissions of the job's token" : "run the job again",
    });
    this.status = status;
  }
}

const graphAnswer = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

const timeout = 30_000;

/** Attempts when the server fails. A POST is sent once, because the server may have processed it. */
const attempts = 3;

/**
 * GitHub as configured in a workflow: `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL`, `GITHUB_REPOSITORY`, `GITHUB_TOKEN`.
 * Paths are relative to the repository's URL.
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
  const root = api.replace(/\/$/, "");
  const graph = env["GITHUB_GRAPHQL_URL"] ?? `${root}/graphql`;
  const [owner, name] = repository.split("/");
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    url = `${root}/repos/${repository}/${path}`,
  ): Promise<unknown> => {
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
      if (answer.ok) {
        const text = await answer.text();
        return text === "" ? undefined : JSON.parse(text);
      }
      if (answer.status >= 500 && !last) {
        await pause(attempt * 1000);
        continue;
      }
      throw new RefusedByGitHub(`${method} ${path}`, answer.status, (await answer.text()).slice(0, 500));
    }
  };
  return {
    get: async (path, schema) => schema.parse(await ask("GET", path)),
    send: async (method, path, body, schema) => schema.parse(await ask(method, path, body)),
    query: async (text, variables, schema) => {
      const sent = { query: text, variables: { ...variables, owner, name } };
      const { data, errors = [] } = graphAnswer.parse(await ask("POST", "graphql", sent, graph));
      // GraphQL answers a refusal with 200.
      if (errors.length > 0) throw new RefusedByGitHub("a query", 200, errors.map(({ message }) => message).join("; "));
      return schema.parse(data);
    },
  };
}
