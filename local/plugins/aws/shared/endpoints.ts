import { isIPv4, isIPv6 } from "node:net";

/**
 * The services that this plugin uses, as the provider's `endpoints` argument and the AWS environment variables name
 * them.
 */
export const SERVICES = {
  cloudfront: "CLOUDFRONT",
  ec2: "EC2",
  iam: "IAM",
  kms: "KMS",
  logs: "CLOUDWATCH_LOGS",
  route53: "ROUTE_53",
  s3: "S3",
  s3control: "S3_CONTROL",
  sts: "STS",
} as const;
export type Service = keyof typeof SERVICES;

/**
 * Whether a host can only be this machine. Names other than `localhost` are not looked up: a name can point anywhere.
 */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIPv4(bare)) return bare.startsWith("127.");
  if (isIPv6(bare)) return bare === "::1";
  return bare === "localhost";
}

/** Why this plugin refuses an endpoint, or undefined if it accepts it. */
export function refusal(url: string, from: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return `${from} is not a URL: ${JSON.stringify(url)}`;
  }
  if (!/^https?:$/.test(parsed.protocol)) return `${from} is neither http nor https: ${parsed.origin}`;
  if (isLoopback(parsed.hostname)) return undefined;
  return `${from} names ${parsed.host}, which is not this machine`;
}

/** Every AWS endpoint in the environment, by variable. */
export function environmentEndpoints(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, url] of Object.entries(env)) {
    if (/^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/.test(name) && url !== undefined && url !== "") found.set(name, url);
  }
  return found;
}

export const REMEDY =
  "This is the stand-in for Pulumi's AWS plugin: it works on the local cloud only and never on a real " +
  "account. Run Pulumi inside the local cloud (`npm run local -- pulumi ...`), or install the official " +
  "plugin for a real account (`pulumi plugin install resource aws`).";

/** Refuses to start in an environment that points elsewhere. */
export function assertLoopbackEnvironment(env: NodeJS.ProcessEnv): void {
  const refusals = [...environmentEndpoints(env)]
    .map(([name, url]) => refusal(url, name))
    .filter((reason) => reason !== undefined);
  if (refusals.length > 0) throw new Error(`${refusals.join("; ")}. ${REMEDY}`);
}
