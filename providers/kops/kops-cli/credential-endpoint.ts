import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CredentialProvider } from "../aws/identity.ts";
import { messageOf } from "../model/errors.ts";

/** Where kOps asks for credentials: the variables that tell it so, and the end of it. */
export interface CredentialEndpoint {
  env: Record<"AWS_CONTAINER_CREDENTIALS_FULL_URI" | "AWS_CONTAINER_AUTHORIZATION_TOKEN", string>;
  close(): Promise<void>;
}

/**
 * Serves the provider's own session to the kOps it starts, in AWS's protocol for containers, which every AWS SDK speaks
 * and asks again shortly before a session ends. So a kOps that outlives a session goes on with the next one; nothing is
 * written to a disk; and whatever the provider itself can log in with (SSO, a CI's web identity, a process) kOps can,
 * too.
 *
 * On the loopback interface, at a port of its own, for whoever knows a word that only kOps is told.
 */
export async function serveCredentials(credentials: CredentialProvider): Promise<CredentialEndpoint> {
  const word = randomBytes(32).toString("base64url");
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const given = Buffer.from(request.headers.authorization ?? "");
    const desired = Buffer.from(word);
    if (given.length !== desired.length || !timingSafeEqual(given, desired)) {
      answer(401, { code: "Unauthorized", message: "these credentials are not for you" });
      return;
    }
    credentials().then(
      ({ accessKeyId, secretAccessKey, sessionToken, expiration }) => {
        answer(200, {
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: sessionToken ?? "",
          ...(expiration ? { Expiration: expiration.toISOString() } : {}),
        });
      },
      // 400: the SDK of kOps repeats the message at once. At a 5xx it would try again for a while, in silence.
      (error: unknown) => {
        // In one line, for kOps's word for what went wrong is the line that begins with `Error:`.
        answer(400, { code: "NoCredentials", message: messageOf(error).replace(/\s*\n\s*/g, " ") });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  // It must not keep a process alive that has nothing else to do.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`, AWS_CONTAINER_AUTHORIZATION_TOKEN: word },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        server.closeAllConnections();
      }),
  };
}
