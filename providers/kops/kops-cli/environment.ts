import { join } from "node:path";

/**
 * What decides about credentials in the environment of an AWS SDK, or of kOps: its own role would be assumed on top.
 */
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

/** Keys of a profile in an AWS configuration file that say where credentials come from, or lead out of the profile. */
const credentialKeys =
  /^(aws_.*|sso_.*|role_.*|source_profile|credential_.*|external_id|mfa_serial|duration_seconds|web_identity_token_file|login_session|services|region)$/;

/** Files in the private folder that stand for the person's own AWS configuration. */
export const awsFiles = { config: "aws-config", credentials: "aws-credentials" };

/**
 * The person's profile as an AWS configuration file for kOps, without any credential: what else stands there
 * (`ca_bundle`,
 * `endpoint_url`, `retry_mode`, `use_fips_endpoint` …) holds for kOps, too. Endpoints for single services, in a section
 * of their own, do not; `AWS_ENDPOINT_URL_<SERVICE>` does.
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
  /** Features of kOps that are turned on or off; else those of the shell. */
  featureFlags?: readonly string[] | undefined;
  /** Where kOps gets its credentials, when not by itself. */
  credentials?: Readonly<Record<string, string>> | undefined;
}

/**
 * The environment of kOps. No kubeconfig of the person is read or written: it is given one in the private folder. The
 * region is the cluster's, whatever the shell says.
 */
export function kopsEnvironment(
  env: NodeJS.ProcessEnv,
  { region, folder, credentials, featureFlags }: KopsEnvironment,
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
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    KUBECONFIG: join(folder, "kubeconfig"),
    KOPS_FEATURE_FLAGS: featureFlags?.join(",") ?? env["KOPS_FEATURE_FLAGS"] ?? "",
  };
}

/**
 * Variables by which kOps makes something else of the same spec: images, URLs and checks that it goes without (each
 * `os.Getenv` of 1.35.0 and 1.36.2).
 */
const deciding =
  /^(KOPS|CNI_(VERSION_URL|ASSET_HASH_STRING)$|DNS_IGNORE_NS_CHECK$|(DNSCONTROLLER|KUBE_APISERVER_HEALTHCHECK)_IMAGE$|SKIP_REGION_CHECK$|S3_(ENDPOINT|REGION)$)/;

/** What of an environment decides what kOps makes of a spec; not who it is there. */
export function decidingEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && deciding.test(name) && !credentialNames.has(name) ? [[name, value]] : [],
    ),
  );
}
