import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that the server got. */
export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}

interface Issue {
  number: number;
  title: string;
  body: string;
  state: string;
  user: { login: string };
  pull_request?: object;
}

export interface FakeGitHub {
  /** What a workflow finds in its environment. */
  readonly env: { GITHUB_API_URL: string; GITHUB_REPOSITORY: string; GITHUB_TOKEN: string };
  /** Comments of all issues, in their order. */
  readonly comments: (Comment & { issue: number })[];
  readonly issues: Issue[];
  /** Answers to GET, by path below the repository and with the query. */
  readonly answers: Map<string, unknown>;
  readonly asked: Asked[];
  /** Answers the next requests with these statuses. */
  readonly failures: number[];
  close(): Promise<void>;
}

/** The author of what a workflow's token writes. */
const workflow = "github-actions[bot]";

/**
 * Speaks the part of GitHub's REST API that is used here, on the loopback interface. Knows one token, and one author:
 * its owner.
 */
export async function fakeGitHub(): Promise<FakeGitHub> {
  const token = "ghs_not-a-real-token-of-any-kind";
  const comments: FakeGitHub["comments"] = [];
  const issues: Issue[] = [];
  const answers = new Map<string, unknown>();
  const asked: Asked[] = [];
  const failures: number[] = [];

  const answer = ({ method, path, body }: Asked): { status: number; value: unknown } => {
    const failure = failures.shift();
    if (failure !== undefined) return { status: failure, value: { message: "as the test wants it" } };
    const below = path.replace("/repos/team/platform/", "");
    const [, issue, page] = /^issues\/(\d+)\/comments\?per_page=100&page=(\d+)$/.exec(below) ?? [];
    if (method === "GET" && issue !== undefined)
      return {
        status: 200,
        value: comments
          .filter((one) => one.issue === Number(issue))
          .slice((Number(page) - 1) * 100, Number(page) * 100),
      };
    const [, target] = /^issues\/(\d+)\/comments$/.exec(below) ?? [];
    const text =
      typeof body === "object" && body !== null && "body" in body && typeof body.body === "string" ? body.body : "";
    if (text.length > 65_536)
      return { status: 422, value: { message: "Body is too long (maximum is 65536 characters)" } };
    const [, listed] = /^issues\?state=open&creator=github-actions%5Bbot%5D&per_page=100&page=(\d+)$/.exec(below) ?? [];
    // GitHub filters by author; the command must not rely on it.
    if (method === "GET" && listed !== undefined)
      return {
        status: 200,
        value: issues.filter(({ state }) => state === "open").slice((Number(listed) - 1) * 100, Number(listed) * 100),
      };
    if (method === "POST" && below === "issues") {
      const made = { number: issues.length + 1, title: "", body: "", state: "open", user: { login: workflow } };
      issues.push(Object.assign(made, body));
      return { status: 201, value: made };
    }
    const one = issues.find(({ number }) => below === `issues/${number}`);
    if (method === "PATCH" && one) return { status: 200, value: Object.assign(one, body) };
    if (method === "POST" && target !== undefined) {
      const made = {
        id: 1000 + comments.length,
        body: text,
        user: { login: workflow },
        issue: Number(target),
      };
      comments.push(made);
      return { status: 201, value: made };
    }
    const [, id] = /^issues\/comments\/(\d+)$/.exec(below) ?? [];
    const found = comments.find((one) => one.id === Number(id));
    if (method === "PATCH" && found) {
      found.body = text;
      return { status: 200, value: found };
    }
    return method === "GET" && answers.has(below)
      ? { status: 200, value: answers.get(below) }
      : { status: 404, value: { message: "Not Found" } };
  };

  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const one: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        body: text === "" ? undefined : JSON.parse(text),
      };
      asked.push(one);
      const { status, value } =
        request.headers.authorization === `Bearer ${token}`
          ? answer(one)
          : { status: 401, value: { message: "Bad credentials" } };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { GITHUB_API_URL: `http://127.0.0.1:${port}`, GITHUB_REPOSITORY: "team/platform", GITHUB_TOKEN: token },
    comments,
    issues,
    answers,
    asked,
    failures,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}
