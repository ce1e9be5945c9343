import { redact } from "../../providers/kops/runtime/redact.ts";

const secretName = /(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY|CREDENTIAL)/;

/** Shorter values are words that occur in any text. */
const shortest = 8;

/** The text with everything removed that looks like a credential or is the value of a secret variable. */
export function withoutSecrets(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const values = Object.entries(env).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= shortest ? [value] : [],
  );
  return redact(values.reduce((rest, value) => rest.replaceAll(value, "[redacted]"), text));
}
