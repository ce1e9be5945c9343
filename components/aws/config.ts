import type { AwsSettings } from "../../providers/kops/model/aws-settings.ts";
import { nearest, pathText, type Problem } from "../config/problems.ts";
import { parseConfig } from "../config/typed-texts.ts";
import { awsKeys, type AwsKey, type AwsValues } from "./config-keys.ts";

/** The AWS identity of a stack: that of its AWS plugin. */
export interface StackIdentity {
  profile?: string;
  aws?: AwsSettings;
}

/** The `aws:*` config of a stack. */
export interface AwsConfig {
  /** For kOps and the provider's own clients. */
  identity: StackIdentity;
  /** Arguments of an explicit provider, which reads no config itself. Without region, accounts and further roles. */
  provider: Omit<AwsValues, "region" | "allowedAccountIds" | "forbiddenAccountIds">;
  /** Tags of everything. */
  defaultTags: Record<string, string>;
  /** Lines about keys that do not reach kOps. */
  notes: string[];
}

const prefix = "aws:";
const source = (name: string): string => `${prefix}${name}`;

/** Values of `pulumi config` are strings; mappings and lists are JSON. */
function valueOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function webIdentityOf(
  web: NonNullable<AwsValues["assumeRoleWithWebIdentity"]>,
): NonNullable<AwsSettings["webIdentity"]> {
  const { webIdentityTokenFile: tokenFile, ...session } = web;
  delete session.webIdentityToken;
  return { ...session, tokenFile };
}

function settingsOf(values: AwsValues): AwsSettings {
  const { assumeRoleWithWebIdentity: web, endpoints, maxRetries } = values;
  const [configFile, credentialsFile] = [values.sharedConfigFiles?.[0], values.sharedCredentialsFiles?.[0]];
  return {
    ...(web && { webIdentity: webIdentityOf(web) }),
    ...(values.assumeRoles && { roles: values.assumeRoles }),
    ...(configFile !== undefined && { configFile }),
    ...(credentialsFile !== undefined && { credentialsFile }),
    ...(values.stsRegion !== undefined && { stsRegion: values.stsRegion }),
    ...(endpoints && { endpoints: Object.assign({}, ...endpoints) as Record<string, string> }),
    // The plugin's name for attempts: MaxAttempts of its SDK. 0 means its default.
    ...(maxRetries !== undefined && maxRetries > 0 && { maxAttempts: maxRetries }),
    ...(values.retryMode !== undefined && { retryMode: values.retryMode }),
    ...(values.useFipsEndpoint !== undefined && { useFipsEndpoint: values.useFipsEndpoint }),
    ...(values.useDualstackEndpoint !== undefined && { useDualstackEndpoint: values.useDualstackEndpoint }),
  };
}

/** Reads the `aws:*` keys of a stack's config, as the engine passes them, with all problems. */
export function readAwsConfig(config: Readonly<Record<string, string>>): { aws: AwsConfig; problems: Problem[] } {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [full, text] of Object.entries(config)) {
    if (!full.startsWith(prefix) || text === "") continue;
    const name = full.slice(prefix.length);
    const key = (awsKeys as Record<string, AwsKey>)[name];
    if (!key) {
      const meant = nearest(name, Object.keys(awsKeys));
      problems.push({
        source: full,
        path: "",
        message: `is not a setting of the AWS plugin${meant === undefined ? "" : `, did you mean ${source(meant)}?`}`,
      });
      continue;
    }
    // The stack's config checks its form.
    if (name === "region") continue;
    const parsed = parseConfig(key.schema, valueOf(text), (path) => ({ key: full, path }));
    if (!parsed.ok) {
      problems.push(...parsed.issues.map(({ path, message }) => ({ source: full, path: pathText(path), message })));
      continue;
    }
    if (parsed.value === false && key.reaches === "refused") continue;
    if (key.reaches === "refused") problems.push({ source: full, path: "", message: key.why });
    if (key.reaches === "notKops" && parsed.value !== false) notes.push(`${full} does not reach kOps: ${key.why}`);
    values[name] = parsed.value;
  }
  const known = values as AwsValues;
  const provider = { ...known };
  delete provider.region;
  // Roles in other accounts are assumed on top.
  delete provider.allowedAccountIds;
  delete provider.forbiddenAccountIds;
  const settings = settingsOf(known);
  return {
    aws: {
      identity: {
        ...(known.profile !== undefined && { profile: known.profile }),
        ...(Object.keys(settings).length > 0 && { aws: settings }),
      },
      provider,
      defaultTags: known.defaultTags?.tags ?? {},
      notes,
    },
    problems,
  };
}

/** The identity of one cluster: its own profile or role instead of the stack's. */
export function identityFor(
  { profile, assumeRole }: { profile?: string | undefined; assumeRole?: object | undefined },
  { profile: ofStack, aws = {} }: StackIdentity,
): StackIdentity {
  const { webIdentity, roles, ...others } = aws;
  const settings = {
    ...(profile === undefined && webIdentity && { webIdentity }),
    ...(profile === undefined && assumeRole === undefined && roles && { roles }),
    ...others,
  };
  const chosen = profile ?? ofStack;
  return {
    ...(chosen !== undefined && { profile: chosen }),
    ...(Object.keys(settings).length > 0 && { aws: settings }),
  };
}
