import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A call of the AWS API. */
export interface Call {
  at: Date;
  /** The access key it was signed with. */
  key: string;
  /** The SDK that made it. */
  agent: string;
  /** Empty for calls outside the query protocol. */
  action: string;
  body: string;
  /** Whether the session that signed it had expired. */
  late: boolean;
}

/** A proxy of the AWS API whose role sessions are short. */
export interface ShortSessions {
  readonly endpoint: string;
  readonly calls: readonly Call[];
  /** Denies every further AssumeRole. */
  refuseRoles(): void;
  close(): Promise<void>;
}

const refusal = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`;

/**
 * Starts a proxy of a local cloud's AWS API that treats role sessions as AWS does, but in seconds: AWS's minimum is 15
 * minutes. Each session expires after `lifetime` milliseconds, and calls signed with it are refused from then on.
 */
export async function shortSessions(upstream: string, lifetime: number): Promise<ShortSessions> {
  const calls: Call[] = [];
  // A connection each: one kept for later may just be closing when it is used, and its call would count twice.
  const agent = new Agent({ keepAlive: false });
  const ends = new Map<string, number>();
  let refusing = false;
  const server = createServer((asked, answer) => {
    const parts: Buffer[] = [];
    asked.on("data", (part: Buffer) => parts.push(part));
    asked.on("end", () => {
      const body = Buffer.concat(parts);
      const key = /Credential=([^/]+)\//.exec(asked.headers.authorization ?? "")?.[1] ?? "";
      const text = body.toString("utf8");
      const action = /(?:^|&)Action=(\w+)/.exec(text)?.[1] ?? "";
      const late = (ends.get(key) ?? Infinity) <= Date.now();
      calls.push({ at: new Date(), key, agent: asked.headers["user-agent"] ?? "", action, body: text, late });
      if (late || (refusing && action === "AssumeRole")) {
        answer
          .writeHead(403, { "content-type": "text/xml" })
          .end(
            late
              ? refusal("ExpiredToken", "The security token included in the request is expired")
              : refusal("AccessDenied", "not authorized to perform: sts:AssumeRole"),
          );
        return;
      }
      const onward = request(
        new URL(asked.url ?? "/", upstream),
        { agent, method: asked.method, headers: asked.headers },
        (got) => {
          if (action !== "AssumeRole") {
            answer.writeHead(got.statusCode ?? 500, got.headers);
            got.pipe(answer);
            return;
          }
          let given = "";
          got.on("data", (part: Buffer) => (given += part.toString()));
          got.on("end", () => {
            const end = Date.now() + lifetime;
            const session = /<AccessKeyId>(.+?)<\/AccessKeyId>/.exec(given)?.[1];
            if (session !== undefined) ends.set(session, end);
            const short = given.replace(
              /<Expiration>.+?<\/Expiration>/,
              `<Expiration>${new Date(end).toISOString()}</Expiration>`,
            );
            answer.writeHead(got.statusCode ?? 500, { "content-type": "text/xml" }).end(short);
          });
        },
      );
      onward.on("error", (error) => answer.destroy(error)).end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    refuseRoles() {
      refusing = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
