/*
 * Secrets that kOps, AWS or Kubernetes may print, and that no log or message may show, as far as their form gives them
 * away. `log.ts` removes the known secrets of a cluster.
 */

/** Secrets by themselves: the whole match is removed. */
const secretPatterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // The same in base64, as in keysets and kubeconfigs: `-----BEGIN …`, except certificates and public keys.
  /LS0tLS1CRUdJTiB(?!DRVJUSUZJQ0FURS|QVUJMSUMgS0VZ)[A-Za-z0-9+/=]*/g,
  // Ids of AWS access keys, of a user or of a session.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // Tokens of service accounts and OpenID Connect, then those of the IAM authenticator.
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /\bk8s-aws-v1\.[\w-]+/g,
];

const labels = [
  ...["secret", "secret_?access_?key", "token", "password", "passwd", "client-key-data", "privateMaterial", '"auth"'],
];

/** Secrets after a label: the label stays, so that the reader sees what was there. */
const labelledPatterns: readonly RegExp[] = [
  /(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/gi,
  new RegExp(`((?:${labels.join("|")})["']?\\s*[:=]\\s*["']?)(?!\\[redacted\\])[^\\s"',]{8,}`, "gi"),
  /\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g,
  /(:\/\/[^/\s:@]+:)[^@\s/]+(?=@)/g,
];

const mark = "[redacted]";

/** The text without anything that looks like key material. */
export function redact(text: string): string {
  const without = secretPatterns.reduce((rest, secret) => rest.replace(secret, mark), text);
  return labelledPatterns.reduce((rest, secret) => rest.replace(secret, `$1${mark}`), without);
}

const keyBegins = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?![\s\S]*-----END [A-Z ]*PRIVATE KEY-----)/;
const keyEnds = /-----END [A-Z ]*PRIVATE KEY-----/;

/** Most lines of a private key. A key that never ends must not remove the rest of the log. */
const longestKey = 100;

/** The same for a stream, line by line: a single line of a private key looks like no secret. */
export function lineRedactor(): (line: string) => string {
  let left = 0;
  return (line) => {
    if (left > 0) {
      const end = keyEnds.exec(line);
      left = end ? 0 : left - 1;
      return end ? `${mark}${redact(line.slice(end.index + end[0].length))}` : mark;
    }
    if (keyBegins.test(line)) left = longestKey;
    return redact(line);
  };
}
