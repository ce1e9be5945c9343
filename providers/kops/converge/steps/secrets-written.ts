import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority, createSecret, deleteSecret } from "../../kops-cli/flags.ts";
import { kopsKeysOf } from "../../store/keys.ts";
import { kopsSecrets, secretDigests } from "../../model/secrets.ts";
import type { Secrets } from "../../model/secrets.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Operation } from "../../operation/operation.ts";
import { plannedSecretChanges } from "../../plan/facts/secrets.ts";

/**
 * kOps reads secrets from files. They lie in the private folder and are removed at once. A command line would show the
 * secret to all users of the machine.
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
 * Writes the certificate authority before the first apply, in which kOps would make one. Afterwards everything trusts
 * the one in the store.
 */
async function writeCertificateAuthority(
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
 * Step SecretsWritten: writes the desired secrets to kOps's secret store, unless it has them. After the manifests,
 * because kOps looks the cluster up, and before any apply.
 */
export async function writeSecrets(operation: Operation): Promise<void> {
  const { context, journal } = operation;
  const { inputs, kops, progress } = context;
  const authority = journal.applied === undefined ? inputs.secrets?.certificateAuthority : undefined;
  const changes = await plannedSecretChanges(context, journal);
  if (authority === undefined && changes.length === 0) return;
  operation.record.changed([
    ...(authority ? ["secret certificateAuthority: written"] : []),
    ...changes.map(({ name, action }) => `secret ${name}: ${action === "delete" ? "deleted" : "written"}`),
  ]);
  await operation.step("SecretsWritten", async () => {
    if (authority) await writeCertificateAuthority(context, authority);
    // Before the write: the run after a kill must know which secrets it may delete.
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
