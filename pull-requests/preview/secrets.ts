import { redact } from "../../providers/kops/runtime/redact.ts";

const secretName = /(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY|CREDENTIAL)/;

/** Shorter values are words that stand in any text. */
const shortest = 8;

/** Text without what looks like a credential, and without the values of this process's secret variables. */
export function withoutSecrets(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const values = Object.entries(env).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= shortest ? [value] : [],
  );
  return redact(values.reduce((rest, value) => rest.replaceAll(value, "[redacted]"), text));
}
