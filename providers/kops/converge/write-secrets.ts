import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority, createSecret, deleteSecret } from "../kops-cli/flags.ts";
import { kopsSecrets, secretDigests } from "../model/secrets.ts";
import type { Secrets } from "../model/secrets.ts";
import type { OperationContext } from "../operation/context.ts";
import type { Operation } from "../operation/operation.ts";
import { changesOf } from "../plan/planned-secrets.ts";
import { kopsKeysOf } from "../store/keys.ts";

/**
 * kOps reads secrets from files: in the context's private folder, gone right after. Never on a command line, which all
 * users of a machine see.
 */
async function withFile<T>(
  context: OperationContext,
  name: string,
  content: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = join(context.folder, name);
  await writeFile(file, content, { mode: 0o600 });
  try {
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * The certificate authority is given before the first update, which would make one; afterwards everything trusts the
 * one that is there.
 */
async function giveCertificateAuthority(
  context: OperationContext,
  { certificate, privateKey }: NonNullable<Secrets["certificateAuthority"]>,
): Promise<void> {
  const { inputs, store, kops } = context;
  if ((await store.get(kopsKeysOf(inputs.name).ca)) !== undefined) return;
  await withFile(context, "ca.crt", certificate, (cert) =>
    withFile(context, "ca.key", privateKey, (key) =>
      kops.run({
        args: createCertificateAuthority(inputs.name, { cert, key }),
      }),
    ),
  );
}

/**
 * Brings kOps's secret store to the desired secrets, after the manifests (kOps looks the cluster up) and before anything
 * is applied. Nothing is done where the store has them already.
 */
export async function writeSecrets(operation: Operation): Promise<void> {
  const { context, journal } = operation;
  const { inputs, kops, progress } = context;
  const authority = journal.applied === undefined ? inputs.secrets?.certificateAuthority : undefined;
  const changes = await changesOf(context, journal);
  if (authority === undefined && changes.length === 0) return;
  await operation.step("SecretsWritten", async () => {
    if (authority) await giveCertificateAuthority(context, authority);
    // Said before it is done: what a killed run wrote must be known to the one that deletes it.
    journal.secrets = { ...journal.secrets, ...secretDigests(inputs.secrets) };
    await operation.save();
    for (const { name, action } of changes) {
      const content = inputs.secrets?.[name];
      progress.say(`secret ${name}: ${action === "delete" ? "deleted" : "written"}`);
      if (content === undefined) {
        await kops.run({ args: deleteSecret(inputs.name, kopsSecrets[name]) });
      } else {
        await withFile(context, name, content, (file) =>
          kops.run({ args: createSecret(inputs.name, kopsSecrets[name], file) }),
        );
      }
    }
    journal.secrets = { ...secretDigests(inputs.secrets) };
    return [];
  });
}
