import yaml from "js-yaml";
import { createHash, X509Certificate, createPrivateKey } from "node:crypto";
import type { KopsClusterInputs } from "./inputs.ts";
import { messageOf } from "./errors.ts";

export type Secrets = NonNullable<KopsClusterInputs["secrets"]>;

/** The secrets that kOps keeps in its secret store, by the name it gives them there. */
export const kopsSecrets = {
  dockerConfig: "dockerconfig",
  encryptionConfig: "encryptionconfig",
  ciliumPassword: "ciliumpassword",
} as const;
export type SecretName = keyof typeof kopsSecrets;
export const secretNames = Object.keys(kopsSecrets) as readonly SecretName[];

export type SecretDigests = Partial<Record<SecretName, string>>;

/**
 * SHA-256 of a secret. It tells whether a secret changed without keeping it. Not salted: it lies in the state bucket,
 * where kOps keeps the secret itself; whoever can read the one has the other.
 */
export function secretDigest(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Digests of the secrets that can change while the cluster lives. Its certificate authority is none of them. */
export function secretDigests(secrets: Secrets | undefined): SecretDigests {
  return Object.fromEntries(
    secretNames.flatMap((name) => {
      const content = secrets?.[name];
      return content === undefined ? [] : [[name, secretDigest(content)]];
    }),
  );
}

export interface SecretChange {
  name: SecretName;
  action: "write" | "delete";
  /** The store has another one. */
  replaces?: boolean;
}

/**
 * From what is in the store to what is desired. Only what this program once wrote (`written`) is deleted: a secret
 * somebody gave by hand to a cluster that was taken over stays.
 */
export function secretChanges(
  desired: SecretDigests,
  stored: SecretDigests,
  written: Readonly<Record<string, string>> = {},
): SecretChange[] {
  return secretNames.flatMap((name): SecretChange[] => {
    if (desired[name] !== undefined)
      return desired[name] === stored[name] ? [] : [{ name, action: "write", replaces: stored[name] !== undefined }];
    return written[name] !== undefined && stored[name] !== undefined ? [{ name, action: "delete" }] : [];
  });
}

/** What kOps does with a changed secret, so far as its dry run does not show it. */
const consequences: Readonly<Record<SecretName, string>> = {
  // Nodes ask kops-controller for it when they start (node_config.go), control-plane nodes the store; no template holds
  // it.
  dockerConfig:
    "new nodes get it; kOps rolls none for it, so those that run keep what they have (rollingUpdate.force " +
    "replaces them)",
  // Its hash is part of the control plane's user data (EncryptionConfigSecretHash).
  encryptionConfig: "the control plane gets it as it rolls",
  // It is rendered into the Cilium add-on.
  ciliumPassword: "it is part of the Cilium add-on; kOps rolls no node for it",
};

function textsIn(inputs: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  const secrets = inputs?.["secrets"];
  return secrets !== null && typeof secrets === "object" ? (secrets as Record<string, unknown>) : {};
}

/** What changed secrets mean, for a plan: their names, never what is in them. `old` are the inputs of the last run. */
export function secretLines(
  old: Readonly<Record<string, unknown>> | undefined,
  desired: Pick<KopsClusterInputs, "secrets">,
): string[] {
  const [before, after] = [textsIn(old), textsIn(desired)];
  return secretNames.flatMap((name) => {
    if (before[name] === after[name]) return [];
    const word = after[name] === undefined ? "goes" : before[name] === undefined ? "comes" : "changes";
    return [`secret ${name} ${word}: ${consequences[name]}`];
  });
}

/** The same of a cluster that is taken over: by what its store has, for there are no inputs of before. */
export function secretLinesOf(changes: readonly SecretChange[]): string[] {
  return changes.map(
    ({ name, action, replaces }) =>
      `secret ${name} ${action === "delete" ? "goes" : replaces === true ? "changes" : "comes"}: ${consequences[name]}`,
  );
}

/** Shorter pieces are words of any text. */
const shortestPiece = 12;

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(leavesOf);
}

/** Pieces of the secrets by which they would be known in any text: whole, by line, by value, by word, and as base64. */
export function sensitivePieces(secrets: Secrets | undefined): string[] {
  const contents = [...secretNames.map((name) => secrets?.[name]), secrets?.certificateAuthority?.privateKey].filter(
    (content) => content !== undefined,
  );
  const pieces = contents.flatMap((content) => [
    content,
    Buffer.from(content).toString("base64"),
    ...content.split("\n"),
    ...leavesOf(parsedYaml(content)).flatMap((leaf) => [leaf, ...leaf.split(/\s+/)]),
  ]);
  return [...new Set(pieces.map((piece) => piece.trim()).filter((piece) => piece.length >= shortestPiece))];
}

/** Whether two certificates in PEM are the same one, however they are broken into lines. */
export function sameCertificate(one: string, other: string): boolean {
  return new X509Certificate(one).fingerprint256 === new X509Certificate(other).fingerprint256;
}

/** What is written in a text, as YAML; `undefined` when it is none. */
export function parsedYaml(content: string): unknown {
  try {
    return yaml.load(content);
  } catch {
    return undefined;
  }
}

/** Why kOps could not read a docker config; nothing when it can. Says nothing of what is in it. */
export function dockerConfigProblem(content: string): string | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return undefined;
  } catch {
    // Said below, without the parser's excerpt of the text.
  }
  return "must be the JSON of a docker config, an object";
}

/** Why kOps could not read a secret that is YAML; nothing when it can. Says nothing of what is in it. */
export function mappingProblem(content: string): string | undefined {
  const value = parsedYaml(content);
  return value !== null && typeof value === "object" && !Array.isArray(value) ? undefined : "must be a YAML mapping";
}

/** The one byte of the key usage extension (2.5.29.15); `undefined` when it is absent. */
function keyUsage(certificate: X509Certificate): number | undefined {
  const { raw } = certificate;
  const start = raw.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0f]));
  if (start < 0) return undefined;
  const rest = raw.subarray(start + 5);
  const value = rest[0] === 0x01 ? rest.subarray(3) : rest;
  // OCTET STRING of a BIT STRING: tag, length, tag, length, unused bits, bits.
  return value[5];
}

const certificateAndListSign = 0x06;

/**
 * Why kOps could not work with a certificate authority; nothing when it can. Of other key usages than its own it would
 * issue a new certificate over the given one at the first update (BuildTypeDescription in pkg/pki, Keypair in fitasks).
 */
export function certificateAuthorityProblem({
  certificate,
  privateKey,
}: {
  certificate: string;
  privateKey: string;
}): string | undefined {
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch (error) {
    return `the certificate cannot be read: ${messageOf(error)}`;
  }
  try {
    if (!read.checkPrivateKey(createPrivateKey(privateKey))) return "certificate and privateKey do not belong together";
  } catch {
    return "the private key cannot be read: it must be unencrypted PEM";
  }
  if (!read.ca) return "the certificate is not of a certificate authority";
  // What node calls `keyUsage` is the extended one.
  if (keyUsage(read) !== certificateAndListSign || (read.keyUsage as readonly string[] | undefined)?.length)
    return (
      "the certificate's key usages must be Certificate Sign and CRL Sign and no others: else kOps issues another " +
      "one over it"
    );
  if (new Date(read.validTo) < new Date()) return `the certificate ended on ${read.validTo}`;
  return undefined;
}
