import { randomBytes, timingSafeEqual } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { loadSharedConfigFiles } from "@smithy/core/config";
import { credentialsOf, filesOf } from "../aws/identity.ts";
import type { AwsIdentity, CredentialProvider } from "../aws/identity.ts";
import { messageOf } from "../model/errors.ts";
import { awsFiles, configWithoutCredentials } from "./environment.ts";

/** How kOps gets the credentials of an identity. */
export interface KopsCredentials {
  /** Variables for kOps's environment; nothing where kOps finds its credentials as the provider does. */
  env?: Record<string, string>;
  close(): Promise<void>;
}

export interface CredentialEndpoint extends KopsCredentials {
  env: Record<"AWS_CONTAINER_CREDENTIALS_FULL_URI" | "AWS_CONTAINER_AUTHORIZATION_TOKEN", string>;
}

/** Serves the credentials of an identity to every kOps that runs in the private folder, until it is closed. */
export async function serveCredentialsToKops(
  identity: AwsIdentity,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<KopsCredentials> {
  const credentials = credentialsOf(identity);
  if (!credentials) return { close: () => Promise.resolve() };
  const profile = identity.profile ?? env["AWS_PROFILE"] ?? "default";
  const { configFile } = await loadSharedConfigFiles(filesOf(identity.aws));
  await writeFile(join(folder, awsFiles.config), configWithoutCredentials(configFile[profile] ?? {}), { mode: 0o600 });
  await writeFile(join(folder, awsFiles.credentials), "", { mode: 0o600 });
  return await serveCredentials(credentials);
}

/**
 * Serves the provider's session in AWS's protocol for containers. Every AWS SDK speaks it, and asks again shortly
 * before a session ends: so a kOps that outlives a session gets the next one, no credential is written to disk, and
 * kOps can use every login of the provider (SSO, web identity, a process).
 *
 * It listens on a loopback port, and answers only requests with a token that kOps alone gets.
 */
export async function serveCredentials(credentials: CredentialProvider): Promise<CredentialEndpoint> {
  const token = randomBytes(32).toString("base64url");
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const given = Buffer.from(request.headers.authorization ?? "");
    const desired = Buffer.from(token);
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
      // 400: the SDK in kOps reports the message at once. After a 5xx it would retry silently for a while.
      (error: unknown) => {
        // In one line: an error of kOps is the line that begins with `Error:`.
        answer(400, { code: "NoCredentials", message: messageOf(error).replace(/\s*\n\s*/g, " ") });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  // It must not keep an otherwise finished process alive.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`, AWS_CONTAINER_AUTHORIZATION_TOKEN: token },
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
