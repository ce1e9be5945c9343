import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The requests to the portal. */
export type Asked = Readonly<Record<string, string>>;

/** The portal of an IAM Identity Center, which gives keys of a role to whoever has logged in. */
export interface SsoPortal {
  readonly endpoint: string;
  /** Of the one login that it knows. */
  readonly token: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Gives keys of the role `Operator`, and of no other. */
export async function ssoPortal(): Promise<SsoPortal> {
  const token = "of-a-login";
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://portal");
    const given = String(request.headers["x-amz-sso_bearer_token"]);
    const answer = (status: number, body: unknown, code?: string): void => {
      response
        .writeHead(status, {
          "content-type": "application/json",
          ...(code === undefined ? {} : { "x-amzn-errortype": code }),
        })
        .end(JSON.stringify(body));
    };
    if (given !== token) {
      answer(401, { message: "Session token not found or invalid" }, "UnauthorizedException");
    } else if (searchParams.get("role_name") !== "Operator") {
      answer(403, { message: "No access" }, "ForbiddenException");
    } else {
      asked.push({ path: pathname, ...Object.fromEntries(searchParams), token: given });
      answer(200, {
        roleCredentials: {
          accessKeyId: "ASIAOFSSO",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: Date.now() + 3_600_000,
        },
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    token,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
