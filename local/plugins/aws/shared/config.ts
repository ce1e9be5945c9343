import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Properties } from "../../protocol/declarations.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { CheckFailure } from "../../protocol/provider.ts";
import { isProps, UNKNOWN, type Props, type Value } from "../../protocol/values.ts";
import { environmentEndpoints, refusal, REMEDY, SERVICES, type Service } from "./endpoints.ts";
import type { TagSettings } from "./tags.ts";
import { isMissing } from "../../../../providers/kops/model/errors.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AssumeRole {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId?: string;
  readonly policy?: string;
}

export interface Settings {
  readonly region: string;
  readonly credentials: Credentials;
  readonly assumeRoles: readonly AssumeRole[];
  readonly endpoint: (service: Service) => string | undefined;
  readonly tags: TagSettings;
  readonly allowedAccountIds: readonly string[];
  readonly forbiddenAccountIds: readonly string[];
  readonly maxAttempts: number;
}

// Settings that would change what is sent or where. Ignoring one silently would make a program look as if it worked.
const REFUSED = [
  "assumeRoleWithWebIdentity",
  "customCaBundle",
  "httpProxy",
  "httpsProxy",
  "tagPolicyCompliance",
  "useDualstackEndpoint",
  "useFipsEndpoint",
];

// AWS's default of 25 hides a dead local server for minutes; this number takes about six seconds.
const MAX_ATTEMPTS = 8;

// Keys that the engine adds to the arguments of every provider.
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal"]);

/** Everything that is wrong with a provider's arguments, without using the network. */
export function checkConfig(inputs: Props, declared: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const name of Object.keys(inputs)) {
    if (!declared.has(name) && !ENGINE_KEYS.has(name)) {
      failures.push({
        property: name,
        reason: `the AWS provider has no argument "${name}"; there are: ${[...declared.keys()].join(", ")}`,
      });
    }
  }
  const config = parseConfig(inputs);
  for (const name of REFUSED) {
    const value = config[name];
    if (value !== undefined && value !== null && value !== "" && value !== false && value !== "disabled") {
      failures.push({
        property: name,
        reason: `the stand-in for the AWS plugin does not know "${name}"; leave it out on the local cloud`,
      });
    }
  }
  for (const [service, url] of endpointList(config["endpoints"])) {
    const reason = typeof url === "string" ? refusal(url, `endpoints.${service}`) : undefined;
    if (reason !== undefined) failures.push({ property: "endpoints", reason: `${reason}. ${REMEDY}` });
  }
  return failures;
}

/** The effective settings. Throws for whatever makes the provider unusable. */
export function resolveConfig(inputs: Props, env: NodeJS.ProcessEnv): Settings {
  const config = parseConfig(inputs);
  const region = text(config["region"]) ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (region === undefined || region === "") {
    throw new Error(
      "no AWS region is set: run `pulumi config set aws:region <region>` or give the provider a `region`",
    );
  }
  const tags = config["defaultTags"];
  const ignored = config["ignoreTags"];
  const retries = config["maxRetries"];
  return {
    region,
    credentials: resolveCredentials(config, env),
    assumeRoles: list(config["assumeRoles"]).filter(isProps).flatMap(assumeRole),
    endpoint: resolveEndpoints(config, env),
    tags: {
      defaults: isProps(tags) && isProps(tags["tags"]) ? strings(tags["tags"]) : {},
      ignoredKeys: isProps(ignored) ? texts(ignored["keys"]) : [],
      ignoredPrefixes: isProps(ignored) ? texts(ignored["keyPrefixes"]) : [],
    },
    allowedAccountIds: texts(config["allowedAccountIds"]),
    forbiddenAccountIds: texts(config["forbiddenAccountIds"]),
    maxAttempts: typeof retries === "number" ? retries + 1 : MAX_ATTEMPTS,
  };
}

/** Parses provider arguments: they travel as JSON texts, whatever their type. */
function parseConfig(inputs: Props): Props {
  const config: Props = {};
  for (const [name, value] of Object.entries(inputs)) {
    config[name] =
      typeof value === "string" && /^([[{"]|true$|false$|\d+$)/.test(value) && !TEXTS.has(name)
        ? parse(name, value)
        : value;
  }
  return config;
}

// Declared as text: an access key may be all digits.
const TEXTS = new Set(["accessKey", "secretKey", "token", "profile", "region", "stsRegion", "version", "retryMode"]);

function parse(name: string, value: string): Value {
  try {
    return JSON.parse(value) as Value;
  } catch (error) {
    throw new Error(`the provider argument "${name}" is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

function resolveEndpoints(config: Props, env: NodeJS.ProcessEnv): Settings["endpoint"] {
  const configured = new Map(endpointList(config["endpoints"]));
  const environment = environmentEndpoints(env);
  if (configured.size === 0 && environment.size === 0) {
    throw new Error(
      `no AWS endpoint is set (AWS_ENDPOINT_URL is not set, and the provider has no \`endpoints\`). ${REMEDY}`,
    );
  }
  const given = [
    ...[...configured].map(([service, url]): [string, Value] => [`endpoints.${service}`, url]),
    ...environment,
  ];
  for (const [name, url] of given) {
    const reason = typeof url === "string" ? refusal(url, name) : `${name} is not a text`;
    if (reason !== undefined) throw new Error(`${reason}. ${REMEDY}`);
  }
  return (service) =>
    text(configured.get(service)) ??
    environment.get(`AWS_ENDPOINT_URL_${SERVICES[service]}`) ??
    environment.get("AWS_ENDPOINT_URL");
}

function endpointList(value: Value | undefined): [string, Value][] {
  return list(value)
    .filter(isProps)
    .flatMap((entry) => Object.entries(entry))
    .filter(([, url]) => url !== null && url !== "");
}

// Static keys only. The SDK's own chain would ask metadata servers, SSO and STS, which do not exist on this machine.
function resolveCredentials(config: Props, env: NodeJS.ProcessEnv): Credentials {
  const given = keys(text(config["accessKey"]), text(config["secretKey"]), text(config["token"]));
  if (given !== undefined) return given;
  const profile = text(config["profile"]) ?? env["AWS_PROFILE"];
  if (profile === undefined || profile === "") {
    const fromEnvironment = keys(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]);
    if (fromEnvironment !== undefined) return fromEnvironment;
  }
  const home = env["HOME"] ?? homedir();
  const files = [
    ...(texts(config["sharedCredentialsFiles"]).length > 0
      ? texts(config["sharedCredentialsFiles"])
      : [env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(home, ".aws", "credentials")]),
    ...(texts(config["sharedConfigFiles"]).length > 0
      ? texts(config["sharedConfigFiles"])
      : [env["AWS_CONFIG_FILE"] ?? join(home, ".aws", "config")]),
  ];
  for (const file of files) {
    const section = readSection(file, profile === undefined || profile === "" ? "default" : profile);
    const found = keys(
      section.get("aws_access_key_id"),
      section.get("aws_secret_access_key"),
      section.get("aws_session_token"),
    );
    if (found !== undefined) return found;
  }
  throw new Error(
    profile === undefined || profile === ""
      ? "no AWS credentials are set: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any value works on the local " +
          "cloud)"
      : `the AWS profile "${profile}" has no access key in ${files.join(" or ")}; the stand-in for the AWS plugin ` +
          "uses static keys only",
  );
}

function keys(accessKeyId?: string, secretAccessKey?: string, sessionToken?: string): Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function readSection(file: string, profile: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return values;
    throw error;
  }
  let inside = false;
  for (const line of content.split("\n")) {
    const header = /^\s*\[\s*(?:profile\s+)?(.+?)\s*\]/.exec(line);
    if (header) inside = header[1] === profile;
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined && value !== undefined) values.set(key, value);
  }
  return values;
}

function assumeRole(role: Props): AssumeRole[] {
  const roleArn = text(role["roleArn"]);
  if (roleArn === undefined) return [];
  const externalId = text(role["externalId"]);
  const policy = text(role["policy"]);
  return [
    {
      roleArn,
      sessionName: text(role["sessionName"]) ?? "pulumi",
      ...(externalId && { externalId }),
      ...(policy && { policy }),
    },
  ];
}

/** Changes of a provider; one that moves it to another place or account replaces every resource. */
export function diffConfig(
  olds: Props,
  news: Props,
): { path: string; kind: "add" | "delete" | "update"; replace: boolean }[] {
  const changes: { path: string; kind: "add" | "delete" | "update"; replace: boolean }[] = [];
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (ENGINE_KEYS.has(name)) continue;
    const one = olds[name];
    const other = news[name];
    if (one === other || JSON.stringify(normal(one)) === JSON.stringify(normal(other))) continue;
    const kind = one === undefined ? "add" : other === undefined ? "delete" : "update";
    // Like the official provider: a new region replaces the provider, every other change applies in place.
    changes.push({ path: name, kind, replace: name === "region" && other !== UNKNOWN });
  }
  return changes;
}

function normal(value: Value | undefined): unknown {
  if (value === UNKNOWN) return { unknown: true };
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * Numbers and booleans become text where text is meant, as in the official plugin (MakeTerraformInput in
 * pulumi-terraform-bridge): `pulumi config set --path` makes them of the texts 7 and true.
 */
function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function text(value: Value | undefined): string | undefined {
  const found = textOf(value);
  return found === "" ? undefined : found;
}

function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: Value | undefined): string[] {
  return list(value).flatMap((item) => textOf(item) ?? []);
}

function strings(value: Props): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]): [string, string][] => {
      const found = textOf(one);
      return found === undefined ? [] : [[key, found]];
    }),
  );
}
