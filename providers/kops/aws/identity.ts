import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { apart } from "../http/stop.ts";
import { milliseconds } from "../model/durations.ts";
import { ConfigError, messageOf } from "../model/errors.ts";
import { clientSettings } from "../model/aws-settings.ts";
import type { AwsSettings, SettingsRole, SettingsWebIdentity } from "../model/aws-settings.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { httpHandler } from "./http-handler.ts";
import { ssoLogin } from "./sso-login.ts";

/**
 * The AWS identity and region that work on a cluster. The SDK finds what is not given in AWS's own order: environment,
 * profile, SSO, web identity, machine.
 */
export type AwsIdentity = Pick<KopsClusterInputs, "region"> & {
  [Part in "profile" | "assumeRole" | "aws"]?: KopsClusterInputs[Part];
};

/** Credentials as AWS SDKs take them. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Absent when they do not expire. */
  expiration?: Date;
}

/** Gives credentials that are valid at the time of the call. */
export type CredentialProvider = () => Promise<AwsCredentials>;

/** A role to assume: an identity's own, or one of the stack's `aws:assumeRoles`. */
type AssumedRole = NonNullable<KopsClusterInputs["assumeRole"]> | SettingsRole;

/** A session is renewed a third of its lifetime before it expires, but at most five minutes before. */
const renewalShare = 1 / 3;
const renewalMost = 5 * 60_000;

/** When to renew a session, in milliseconds since the epoch. */
export function renewalOf(begun: number, expires: number): number {
  return expires - Math.min(renewalMost, (expires - begun) * renewalShare);
}

/**
 * Begins a session at the first use and renews it before it expires. Concurrent callers share one call. If a renewal
 * fails while the session is still valid, the next use tries again; once the session has expired the caller gets the
 * error. The SDK's own memoizeIdentityProvider cannot do this: it throws when a renewal fails, however long the session
 * still lasts.
 */
export function renewing(begin: () => Promise<AwsCredentials>, now: () => number): CredentialProvider {
  let current: { credentials: AwsCredentials; renewal: number; expires: number } | undefined;
  let pending: Promise<AwsCredentials> | undefined;
  const renew = async (): Promise<AwsCredentials> => {
    const begun = now();
    try {
      const credentials = await begin();
      const expires = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      current = { credentials, expires, renewal: credentials.expiration ? renewalOf(begun, expires) : expires };
      return credentials;
    } catch (error) {
      if (current && now() < current.expires) return current.credentials;
      throw error;
    } finally {
      pending = undefined;
    }
  };
  return () => {
    if (current && now() < current.renewal) return Promise.resolve(current.credentials);
    // Callers share it: the stop of one must not end it for the others.
    pending ??= apart(renew);
    return pending;
  };
}

const silent = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Files of the stack's config instead of AWS's own. */
export function filesOf({ configFile, credentialsFile }: AwsSettings = {}): {
  configFilepath?: string;
  filepath?: string;
} {
  return {
    ...(configFile !== undefined && { configFilepath: configFile }),
    ...(credentialsFile !== undefined && { filepath: credentialsFile }),
  };
}

/** Settings of the client that begins a session. */
function stsClientOf({ region, profile, aws }: AwsIdentity): object {
  return {
    region: aws?.stsRegion ?? region,
    requestHandler: httpHandler(),
    ...(profile === undefined ? {} : { profile }),
    ...clientSettings("STSClient", aws),
  };
}

/** The source of a web identity that the stack's config names. */
function webIdentitySource(role: SettingsWebIdentity, identity: AwsIdentity): CredentialProvider {
  return async () => {
    const { fromTokenFile } = await import("@aws-sdk/credential-providers");
    return await fromTokenFile({
      webIdentityTokenFile: role.tokenFile,
      roleArn: role.roleArn,
      roleSessionName: role.sessionName ?? "pilot",
      clientConfig: stsClientOf(identity),
      durationSeconds: secondsOf(role.duration),
      ...(role.policy !== undefined && { policy: role.policy }),
      ...(role.policyArns && { policyArns: role.policyArns.map((arn) => ({ arn })) }),
    })();
  };
}

/** The credentials of the shell, a profile or a web identity, without the roles. */
function sourceOf(identity: AwsIdentity): CredentialProvider {
  const { region, profile, aws } = identity;
  if (aws?.webIdentity) {
    const source = webIdentitySource(aws.webIdentity, identity);
    const { roleArn } = aws.webIdentity;
    return renewing(() => source().catch((error: unknown) => cannotAssume(roleArn, error)), Date.now);
  }
  const chain = defaultProvider({
    ...filesOf(aws),
    // For sources that call STS, when the profile has no region. Not `clientConfig`: that would override the region of
    // an SSO session, whose portal exists in that region alone.
    parentClientConfig: { region, requestHandler: httpHandler() },
    // Otherwise the SDK warns in every run that the shell has keys as well as the chosen profile.
    ...(profile === undefined ? {} : { profile, logger: silent }),
  });
  return async () => {
    try {
      // Callers share it: the stop of one must not end it for the others.
      return await apart(() => chain());
    } catch (error) {
      const why = messageOf(error);
      const login = await ssoLogin(profile ?? process.env["AWS_PROFILE"] ?? "default", why, filesOf(aws));
      const command = login ?? (profile === undefined ? undefined : `aws sts get-caller-identity --profile ${profile}`);
      throw new ConfigError(
        {
          what:
            profile === undefined ? "There are no AWS credentials" : `The AWS profile ${profile} gives no credentials`,
          why,
          next:
            command === undefined
              ? "log in to AWS, or set `profile` on the cluster"
              : `${login === undefined ? "try " : ""}\`${command}\`, then run the same command again`,
        },
        error,
      );
    }
  };
}

const secondsOf = (duration = "1h"): number => Math.floor(milliseconds(duration) / 1000);

function cannotAssume(roleArn: string, error: unknown): never {
  throw new ConfigError(
    {
      what: `The role ${roleArn} cannot be assumed`,
      why: messageOf(error),
      next:
        "check the trust policy of the role, its maximum session duration (one hour when a role assumes it) and " +
        "its external id, then run the same command again",
    },
    error,
  );
}

/** What only a role of `aws:assumeRoles` has, as STS takes it. */
function narrowed(role: AssumedRole): object {
  if (!("policy" in role || "policyArns" in role || "sourceIdentity" in role || "tags" in role)) return {};
  const { policy, policyArns, sourceIdentity, tags, transitiveTagKeys } = role;
  return {
    ...(policy !== undefined && { Policy: policy }),
    ...(policyArns && { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
    ...(transitiveTagKeys && { TransitiveTagKeys: transitiveTagKeys }),
  };
}

/** Begins a session of a role. */
async function assume(role: AssumedRole, identity: AwsIdentity, source: CredentialProvider): Promise<AwsCredentials> {
  // Imported here, because most runs assume no role and need not wait for it.
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  // Before the call, and outside of the SDK, which would ask twice for credentials that expire within five minutes. A
  // source without credentials is also another error than a role that cannot be assumed.
  const masterCredentials = await source();
  try {
    return await fromTemporaryCredentials({
      masterCredentials,
      clientConfig: stsClientOf(identity),
      params: {
        RoleArn: role.roleArn,
        RoleSessionName: role.sessionName ?? "pilot",
        DurationSeconds: secondsOf(role.duration),
        ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
        ...narrowed(role),
      },
    })();
  } catch (error) {
    return cannotAssume(role.roleArn, error);
  }
}

// One session per identity in this process: the store, the other clients and kOps itself share it, as do most clusters
// of a stack.
const sessions = new Map<string, CredentialProvider>();

/** Whether an identity names its credentials itself. */
function namesCredentials({ profile, assumeRole, aws = {} }: AwsIdentity): boolean {
  const { roles, webIdentity, configFile, credentialsFile } = aws;
  return [profile, assumeRole, roles, webIdentity, configFile, credentialsFile].some((one) => one !== undefined);
}

/** The credentials of an identity, renewed on use. Undefined when the identity does not name them. */
export function credentialsOf(identity: AwsIdentity, now: () => number = Date.now): CredentialProvider | undefined {
  const { region, profile, assumeRole, aws } = identity;
  if (!namesCredentials(identity)) return undefined;
  const key = JSON.stringify([region, profile, assumeRole, aws]);
  let session = sessions.get(key);
  if (!session) {
    session = [...(aws?.roles ?? []), ...(assumeRole ? [assumeRole] : [])].reduce<CredentialProvider>(
      (source, role) => renewing(() => assume(role, identity, source), now),
      sourceOf(identity),
    );
    sessions.set(key, session);
  }
  return session;
}

/** The credentials of the shell, for an identity that does not name them. */
export function shellCredentials(region: string): CredentialProvider {
  return sourceOf({ region });
}
