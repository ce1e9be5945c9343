/*
 * What kOps, AWS or Kubernetes may print, and nobody is to read in a log or a message. Pieces of text that are known to
 * be secret are somebody else's business; this is for what is known by its form alone.
 */

/** The whole of a match goes. */
const whole: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // The same in base64, as in keysets and kubeconfigs: whatever begins with `-----BEGIN `, but certificates and public
  // keys.
  /LS0tLS1CRUdJTiB(?!DRVJUSUZJQ0FURS|QVUJMSUMgS0VZ)[A-Za-z0-9+/=]*/g,
  // Ids of AWS access keys: of a person, of a session.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // Tokens of service accounts and of OpenID Connect; those of the IAM authenticator.
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /\bk8s-aws-v1\.[\w-]+/g,
];

/** What stands before the secret stays, so that one sees what was there. */
const behind: readonly RegExp[] = [
  /(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/gi,
  /((?:secret|secret_?access_?key|token|password|passwd|client-key-data|privateMaterial|"auth")["']?\s*[:=]\s*["']?)(?!\[redacted\])[^\s"',]{8,}/gi,
  /\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g,
  /(:\/\/[^/\s:@]+:)[^@\s/]+(?=@)/g,
];

const mark = "[redacted]";

/** Text without what looks like key material. */
export function redact(text: string): string {
  const without = whole.reduce((rest, secret) => rest.replace(secret, mark), text);
  return behind.reduce((rest, secret) => rest.replace(secret, `$1${mark}`), without);
}

const keyBegins = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?![\s\S]*-----END [A-Z ]*PRIVATE KEY-----)/;
const keyEnds = /-----END [A-Z ]*PRIVATE KEY-----/;

/** No private key has more lines: one that never ends must not take the rest of the log with it. */
const longestKey = 100;

/** The same for one stream, line by line: the lines of a private key are nothing by themselves. */
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
