import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadSharedConfigFiles } from "@smithy/core/config";
import { credentialsOf } from "../aws/identity.ts";
import type { AwsIdentity } from "../aws/identity.ts";
import { serveCredentials } from "./credential-endpoint.ts";
import { awsFiles, configWithoutCredentials } from "./environment.ts";

/** How kOps gets at the credentials of an identity. */
export interface KopsCredentials {
  /** Variables for kOps's environment; nothing when it finds its credentials by itself, as the provider does. */
  env?: Record<string, string>;
  close(): Promise<void>;
}

/** Lends the identity to every kOps started with the given private folder, until it is closed. */
export async function serveCredentialsToKops(
  identity: AwsIdentity,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<KopsCredentials> {
  const credentials = credentialsOf(identity);
  if (!credentials) return { close: () => Promise.resolve() };
  const profile = identity.profile ?? env["AWS_PROFILE"] ?? "default";
  const { configFile } = await loadSharedConfigFiles();
  await writeFile(join(folder, awsFiles.config), configWithoutCredentials(configFile[profile] ?? {}), { mode: 0o600 });
  await writeFile(join(folder, awsFiles.credentials), "", { mode: 0o600 });
  return await serveCredentials(credentials);
}
