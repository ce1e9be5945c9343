import { z } from "zod";
import { ConfigError } from "../../model/errors.ts";
import {
  kopsSecrets,
  sameCertificate,
  secretChanges,
  secretDigest,
  secretDigests,
  secretNames,
} from "../../model/secrets.ts";
import type { SecretChange, SecretDigests, SecretName } from "../../model/secrets.ts";
import type { OperationContext } from "../../operation/operation.ts";
import { isRecord } from "../../model/spec.ts";
import type { DesiredSpec } from "../../model/spec.ts";
import type { Journal } from "../../store/journal.ts";
import type { ObjectStore } from "../../store/store.ts";
import { findCertificateAuthority } from "../../store/certificate-authority.ts";

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

const rotation = "https://kops.sigs.k8s.io/operations/rotate-secrets/";

/**
 * Stops before the first write when a cluster that is there has another certificate authority than the one that is
 * given.
 */
export async function refuseOtherAuthority({
  inputs,
  store,
}: Pick<OperationContext, "inputs" | "store">): Promise<void> {
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

/** What is to be done to kOps's secret store until it has the desired secrets. */
export async function plannedSecretChanges(
  { inputs, store }: Pick<OperationContext, "inputs" | "store">,
  journal: Pick<Journal, "secrets"> | undefined,
): Promise<SecretChange[]> {
  const desired = secretDigests(inputs.secrets);
  const written = journal?.secrets ?? {};
  if (Object.keys(desired).length + Object.keys(written).length === 0) return [];
  return secretChanges(desired, await storedDigests(store, inputs.name), written);
}

/** Secrets that the store does not have as they are desired: a dry run goes by the old ones. */
export interface UnwrittenSecrets {
  /** Not in the store yet. */
  missing: SecretName[];
  /** The control plane's user data holds its hash (EncryptionConfigSecretHash): another one rolls the control plane. */
  encryptionConfig: boolean;
}

export async function unwrittenSecrets({ store, inputs }: OperationContext): Promise<UnwrittenSecrets> {
  const desired = secretDigests(inputs.secrets);
  if (Object.keys(desired).length === 0) return { missing: [], encryptionConfig: false };
  const stored = await storedDigests(store, inputs.name);
  const changed = secretChanges(desired, stored).map(({ name }) => name);
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
