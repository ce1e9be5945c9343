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
import type { OperationContext } from "../../operation/context.ts";
import { isRecord } from "../../model/spec.ts";
import type { DesiredSpec } from "../../model/spec.ts";
import type { Journal } from "../../store/journal.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { findCertificateAuthority } from "../../store/certificate-authority.ts";

/** An object of kOps under `secrets/` (VFSSecretStore): base64. */
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

/** Refuses a given certificate authority when the cluster already has another one. */
export async function refuseOtherAuthority({
  inputs,
  store,
}: Pick<OperationContext, "inputs" | "store">): Promise<void> {
  const given = inputs.secrets?.certificateAuthority;
  const found = given && (await findCertificateAuthority(store, inputs.name));
  if (given === undefined || found === undefined) return;
  // There are several while one is rotated.
  const present = found.split(/(?<=-----END CERTIFICATE-----)\n/);
  if (present.some((one) => sameCertificate(one, given.certificate))) return;
  throw new ConfigError({
    what: `Cluster ${inputs.name} has another certificate authority than secrets.certificateAuthority`,
    why: "nodes, kubeconfigs and service accounts trust the one it was made with; an update does not replace it",
    next: `rotate it as ${rotation} shows, then give the one the cluster has, or leave it out`,
  });
}

/** Changes to kOps's secret store that the desired secrets need. */
export async function plannedSecretChanges(
  { inputs, store }: Pick<OperationContext, "inputs" | "store">,
  journal: Pick<Journal, "secrets"> | undefined,
): Promise<SecretChange[]> {
  const desired = secretDigests(inputs.secrets);
  const written = journal?.secrets ?? {};
  if (Object.keys(desired).length + Object.keys(written).length === 0) return [];
  return secretChanges(desired, await storedDigests(store, inputs.name), written);
}

/** Desired secrets that are not in the store yet: a dry run uses the old ones. */
export interface UnwrittenSecrets {
  /** New ones. */
  missing: SecretName[];
  /** Whether it changes. The control plane's user data holds its hash (EncryptionConfigSecretHash), so nodes roll. */
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

/** The spec without fields at which a dry run fails until their secret is in the store. */
export function withoutMissingSecrets(spec: DesiredSpec, missing: readonly SecretName[]): DesiredSpec {
  const cluster = { ...spec.cluster };
  if (missing.includes("encryptionConfig")) delete cluster["encryptionConfig"];
  const { networking } = cluster;
  if (missing.includes("ciliumPassword") && isRecord(networking) && isRecord(networking["cilium"])) {
    cluster["networking"] = { ...networking, cilium: { ...networking["cilium"], enableEncryption: false } };
  }
  return { ...spec, cluster };
}
