import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "../model/errors.ts";
import { findCertificateAuthority } from "../observe/observe.ts";
import { kopsKeysOf } from "../store/places.ts";
import {
  kopsSecrets,
  sameCertificate,
  secretChanges,
  secretDigest,
  secretDigests,
  secretNames,
} from "../model/secrets.ts";
import type { SecretChange, SecretDigests, SecretName, Secrets } from "../model/secrets.ts";
import type { Desk, Operating } from "../operation/operation.ts";
import { isRecord } from "../model/spec.ts";
import type { DesiredSpec } from "../model/spec.ts";
import type { Journal } from "../store/journal.ts";
import type { ObjectStore } from "../store/store.ts";

/** What kOps keeps under `secrets/` (VFSSecretStore): base64. */
const storedSecret = z.object({ Data: z.string() });

function keyOf(cluster: string, name: SecretName): string {
  return `${cluster}/secrets/${kopsSecrets[name]}`;
}

async function storedDigests(store: ObjectStore, cluster: string): Promise<SecretDigests> {
  const found = await Promise.all(
    secretNames.map(async (name): Promise<[SecretName, string][]> => {
      const object = await store.get(keyOf(cluster, name));
      const content = object && storedSecret.safeParse(JSON.parse(object.body));
      return content?.success ? [[name, secretDigest(Buffer.from(content.data.Data, "base64").toString("utf8"))]] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

/**
 * kOps reads secrets from files: in the desk's private folder, gone right after. Never on a command line, which all
 * users of a machine see.
 */
async function withFile<T>(desk: Desk, name: string, content: string, use: (file: string) => Promise<T>): Promise<T> {
  const file = join(desk.folder, name);
  await writeFile(file, content, { mode: 0o600 });
  try {
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

const rotation = "https://kops.sigs.k8s.io/operations/rotate-secrets/";

/**
 * The certificate authority is given before the first update, which would make one; afterwards everything trusts the
 * one that is there.
 */
async function giveCertificateAuthority(
  desk: Desk,
  { certificate, privateKey }: NonNullable<Secrets["certificateAuthority"]>,
): Promise<void> {
  const { inputs, store, kops } = desk;
  if ((await store.get(kopsKeysOf(inputs.name).ca)) !== undefined) return;
  await withFile(desk, "ca.crt", certificate, (cert) =>
    withFile(desk, "ca.key", privateKey, (key) =>
      kops.run({
        args: ["create", "keypair", "kubernetes-ca", "--name", inputs.name, "--cert", cert, "--key", key, "--primary"],
      }),
    ),
  );
}

/**
 * Stops before the first write when a cluster that is there has another certificate authority than the one that is
 * given.
 */
export async function refuseOtherAuthority({ inputs, store }: Pick<Desk, "inputs" | "store">): Promise<void> {
  const given = inputs.secrets?.certificateAuthority;
  const found = given && (await findCertificateAuthority(store, inputs.name));
  if (given === undefined || found === undefined) return;
  // Several while one is being rotated.
  const present = found.split(/(?<=-----END CERTIFICATE-----)\n/);
  if (present.some((one) => sameCertificate(one, given.certificate))) return;
  throw new ConfigError({
    what: `Cluster ${inputs.name} has another certificate authority than secrets.certificateAuthority`,
    why: "nodes, kubeconfigs and service accounts trust the one it was made with; it is not replaced by an update",
    next: `rotate it as ${rotation} shows, then give the one the cluster has, or leave it out`,
  });
}

/** What is to be done to kOps's secret store until it has the wanted secrets. */
export async function changesOf(
  { inputs, store }: Pick<Desk, "inputs" | "store">,
  journal: Pick<Journal, "secrets"> | undefined,
): Promise<SecretChange[]> {
  const wanted = secretDigests(inputs.secrets);
  const written = journal?.secrets ?? {};
  if (Object.keys(wanted).length + Object.keys(written).length === 0) return [];
  return secretChanges(wanted, await storedDigests(store, inputs.name), written);
}

/**
 * Brings kOps's secret store to the wanted secrets, after the manifests (kOps looks the cluster up) and before anything
 * is applied. Nothing is done where the store has them already.
 */
export async function writeSecrets(operating: Operating): Promise<void> {
  const { desk, journal } = operating;
  const { inputs, kops, progress } = desk;
  const authority = journal.applied === undefined ? inputs.secrets?.certificateAuthority : undefined;
  const changes = await changesOf(desk, journal);
  if (authority === undefined && changes.length === 0) return;
  await operating.step("SecretsWritten", async () => {
    if (authority) await giveCertificateAuthority(desk, authority);
    // Said before it is done: what a killed run wrote must be known to the one that deletes it.
    journal.secrets = { ...journal.secrets, ...secretDigests(inputs.secrets) };
    await operating.save();
    for (const { name, action } of changes) {
      const content = inputs.secrets?.[name];
      progress.say(`secret ${name}: ${action === "delete" ? "deleted" : "written"}`);
      if (content === undefined) {
        await kops.run({ args: ["delete", "secret", kopsSecrets[name], "--name", inputs.name] });
      } else {
        await withFile(desk, name, content, (file) =>
          kops.run({ args: ["create", "secret", kopsSecrets[name], "--name", inputs.name, "-f", file, "--force"] }),
        );
      }
    }
    journal.secrets = { ...secretDigests(inputs.secrets) };
    return [];
  });
}

/**
 * What of an object of the store goes into a preview's copy; nothing of secrets. The dry run has the store's own base
 * (`configBase`), and reads keys and secrets there.
 */
export function withoutSecrets(cluster: string, key: string, body: string): string | undefined {
  if (key.startsWith(`${cluster}/secrets/`)) return undefined;
  return key.startsWith(`${cluster}/pki/private/`) ? body.replace(/^\s*privateMaterial:.*\n/gm, "") : body;
}

/** Secrets that the store does not have as they are wanted: a dry run goes by the old ones. */
export interface SecretsAhead {
  /** Not in the store yet. */
  missing: SecretName[];
  /** The control plane's user data holds its hash (EncryptionConfigSecretHash): another one rolls the control plane. */
  encryptionConfig: boolean;
}

export async function secretsAhead({ store, inputs }: Desk): Promise<SecretsAhead> {
  const wanted = secretDigests(inputs.secrets);
  if (Object.keys(wanted).length === 0) return { missing: [], encryptionConfig: false };
  const stored = await storedDigests(store, inputs.name);
  const changed = secretChanges(wanted, stored).map(({ name }) => name);
  return {
    missing: changed.filter((name) => stored[name] === undefined),
    encryptionConfig: changed.includes("encryptionConfig"),
  };
}

/** The spec without what kOps stops at in a dry run while the secret for it is not in the store. */
export function withoutMissingSecrets(spec: DesiredSpec, missing: readonly SecretName[]): DesiredSpec {
  const cluster = { ...spec.cluster };
  if (missing.includes("encryptionConfig")) delete cluster["encryptionConfig"];
  const { networking } = cluster;
  if (missing.includes("ciliumPassword") && isRecord(networking) && isRecord(networking["cilium"])) {
    cluster["networking"] = { ...networking, cilium: { ...networking["cilium"], enableEncryption: false } };
  }
  return { ...spec, cluster };
}
