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
 * SHA-256 of a secret, which shows a change without keeping the secret. It has no salt, because it is in the state
 * bucket beside the secret itself: whoever can read one can read the other.
 */
export function secretDigest(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Digests of the secrets that can change while the cluster lives, so without its certificate authority. */
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
  /** Whether the store has another value. */
  replaces?: boolean;
}

/**
 * The changes from the stored secrets to the desired ones. Only secrets that this program has written (`written`) are
 * deleted: a secret that somebody gave an adopted cluster by hand stays.
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

/** Effects of a changed secret that kOps's dry run does not show. */
const consequences: Readonly<Record<SecretName, string>> = {
  // Nodes get it from kops-controller when they start (node_config.go), control-plane nodes from the store; it is in no
  // launch template.
  dockerConfig:
    "new nodes get it; kOps rolls no node for it, so running nodes keep the one they have (rollingUpdate.force " +
    "replaces them)",
  // Its hash is part of the control plane's user data (EncryptionConfigSecretHash).
  encryptionConfig: "the control plane gets it as it rolls",
  // kOps renders it into the Cilium add-on.
  ciliumPassword: "it is part of the Cilium add-on; kOps rolls no node for it",
};

function textsIn(inputs: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  const secrets = inputs?.["secrets"];
  return secrets !== null && typeof secrets === "object" ? (secrets as Record<string, unknown>) : {};
}

/** Lines of a plan about changed secrets: names, never contents. `old`: the inputs of the last run. */
export function secretLines(
  old: Readonly<Record<string, unknown>> | undefined,
  desired: Pick<KopsClusterInputs, "secrets">,
): string[] {
  const [before, after] = [textsIn(old), textsIn(desired)];
  return secretNames.flatMap((name) => {
    if (before[name] === after[name]) return [];
    const word = after[name] === undefined ? "is removed" : before[name] === undefined ? "is added" : "changes";
    return [`secret ${name} ${word}: ${consequences[name]}`];
  });
}

/** The same for a cluster that is adopted, from its store, because there are no earlier inputs. */
export function secretLinesOf(changes: readonly SecretChange[]): string[] {
  return changes.map(({ name, action, replaces }) => {
    const word = action === "delete" ? "is removed" : replaces === true ? "changes" : "is added";
    return `secret ${name} ${word}: ${consequences[name]}`;
  });
}

/** Shorter pieces may be words of any text. */
const shortestPiece = 12;

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(leavesOf);
}

/** Pieces that give the secrets away in any text: whole, by line, by value, by word, and as base64. */
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

/** Whether two PEM certificates are the same, whatever their line breaks. */
export function sameCertificate(one: string, other: string): boolean {
  return new X509Certificate(one).fingerprint256 === new X509Certificate(other).fingerprint256;
}

/** A text parsed as YAML. Undefined when it is not YAML. */
function parsedYaml(content: string): unknown {
  try {
    return yaml.load(content);
  } catch {
    return undefined;
  }
}

/** Why kOps could not read a docker config, if it could not, without its content. */
export function dockerConfigProblem(content: string): string | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return undefined;
  } catch {
    // The message below has no excerpt of the text, unlike the parser's.
  }
  return "must be the JSON of a docker config, an object";
}

/** Why kOps could not read a YAML secret, if it could not, without its content. */
export function mappingProblem(content: string): string | undefined {
  const value = parsedYaml(content);
  return value !== null && typeof value === "object" && !Array.isArray(value) ? undefined : "must be a YAML mapping";
}

/** The first byte of the key usage extension (2.5.29.15). Undefined when it is absent. */
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
 * Why kOps could not use a certificate authority, if it could not. With other key usages than kOps's own, the first
 * update would replace the given certificate by a new one (BuildTypeDescription in pkg/pki, Keypair in fitasks).
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
  if (!read.ca) return "the certificate is not that of a certificate authority";
  // Node's `keyUsage` is the extended key usage.
  if (keyUsage(read) !== certificateAndListSign || (read.keyUsage as readonly string[] | undefined)?.length)
    return (
      "the certificate's key usages must be Certificate Sign and CRL Sign and no others: else kOps replaces the " +
      "certificate"
    );
  if (new Date(read.validTo) < new Date()) return `the certificate expired on ${read.validTo}`;
  return undefined;
}
