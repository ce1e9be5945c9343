import { join } from "node:path";
import { settingsVariables } from "../model/aws-settings.ts";
import type { AwsSettings } from "../model/aws-settings.ts";

/** Variables that choose credentials for AWS SDKs, and the role that kOps assumes on top. */
const credentialNames = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_ACCESS_KEY",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "KOPS_AWS_ROLE_ARN",
]);

/** Keys of a profile in an AWS configuration file that choose credentials or refer to other sections. */
const credentialKeys =
  /^(aws_.*|sso_.*|role_.*|source_profile|credential_.*|external_id|mfa_serial|duration_seconds|web_identity_token_file|login_session|services|region)$/;

/** Files in the private folder that kOps reads instead of the user's AWS configuration. */
export const awsFiles = { config: "aws-config", credentials: "aws-credentials" };

/**
 * The user's profile as an AWS configuration file for kOps, without credentials: its other keys (`ca_bundle`,
 * `endpoint_url`, `retry_mode`, `use_fips_endpoint` …) apply to kOps too. Endpoints of single services, which have a
 * section of their own, do not; `AWS_ENDPOINT_URL_<SERVICE>` does.
 */
export function configWithoutCredentials(profile: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(profile).filter(
    ([key, value]) => value !== undefined && !credentialKeys.test(key) && !value.includes("\n"),
  );
  return `${["[default]", ...lines.map(([key, value]) => `${key} = ${value ?? ""}`)].join("\n")}\n`;
}

export interface KopsEnvironment {
  region: string;
  /** The operation's private folder. */
  folder: string;
  /** Features of kOps to turn on or off. @default those of the shell */
  featureFlags?: readonly string[] | undefined;
  /** From the stack's `aws:*` config. @default none */
  aws?: AwsSettings | undefined;
  /** Variables that give kOps its credentials, where it does not find them by itself. */
  credentials?: Readonly<Record<string, string>> | undefined;
}

/**
 * The environment of kOps. kOps uses a kubeconfig in the private folder, never the user's, and the region of the
 * cluster, not that of the shell.
 */
export function kopsEnvironment(
  env: NodeJS.ProcessEnv,
  { region, folder, credentials, featureFlags, aws }: KopsEnvironment,
): NodeJS.ProcessEnv {
  const own = credentials
    ? {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => !credentialNames.has(name))),
        ...credentials,
        AWS_CONFIG_FILE: join(folder, awsFiles.config),
        AWS_SHARED_CREDENTIALS_FILE: join(folder, awsFiles.credentials),
      }
    : env;
  return {
    ...own,
    ...settingsVariables(aws),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    KUBECONFIG: join(folder, "kubeconfig"),
    KOPS_FEATURE_FLAGS: featureFlags?.join(",") ?? env["KOPS_FEATURE_FLAGS"] ?? "",
  };
}

/**
 * Variables that change what kOps makes of a spec: images, URLs and skipped checks (each `os.Getenv` of 1.35.0 and
 * 1.36.2).
 */
const deciding =
  /^(KOPS|CNI_(VERSION_URL|ASSET_HASH_STRING)$|DNS_IGNORE_NS_CHECK$|(DNSCONTROLLER|KUBE_APISERVER_HEALTHCHECK)_IMAGE$|SKIP_REGION_CHECK$|S3_(ENDPOINT|REGION)$)/;

/** The variables that change what kOps makes of a spec; credentials are not among them. */
export function decidingEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && deciding.test(name) && !credentialNames.has(name) ? [[name, value]] : [],
    ),
  );
}

const release = /^v?\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$/;

/**
 * The environment for kOps of one version. `KOPS_BASE_URL` tells nodes where to download nodeup and other assets, such
 * as `https://mirror.example.com/kops/1.36.2`. From 1.36 on kOps takes its last part for its own version, in the store,
 * image names and user data (BaseURL in pkg/nodemodel/wellknownassets). So that one variable serves clusters of several
 * versions, a release in that place becomes the cluster's version. Any other name, such as a custom build, stays.
 */
export function withOwnAssets(env: NodeJS.ProcessEnv, version: string): NodeJS.ProcessEnv {
  const url = env["KOPS_BASE_URL"];
  const [, base, last = ""] = /^(.*\/)([^/]+)\/?$/.exec(url ?? "") ?? [];
  return base !== undefined && release.test(last) ? { ...env, KOPS_BASE_URL: `${base}${version}` } : env;
}
