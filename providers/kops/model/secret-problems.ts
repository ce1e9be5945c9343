import { createPrivateKey, X509Certificate } from "node:crypto";
import yaml from "js-yaml";
import { messageOf } from "./errors.ts";

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
