import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { milliseconds } from "../model/durations.ts";
import { ConfigError, messageOf } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { ssoLogin } from "./sso-login.ts";

/**
 * Who works on a cluster, and where: what is not given is found in AWS's own order (environment, profile, SSO, web
 * identity, machine).
 */
export type AwsIdentity = Pick<KopsClusterInputs, "region"> & {
  [Part in "profile" | "assumeRole"]?: KopsClusterInputs[Part];
};

/** Credentials as AWS SDKs take them. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Absent: they last. */
  expiration?: Date;
}

/** Gives credentials that hold at the time of the call. */
export type CredentialProvider = () => Promise<AwsCredentials>;

type AssumedRole = NonNullable<KopsClusterInputs["assumeRole"]>;

/** Settings of an AWS client of this provider. Every client is made with these and nothing else. */
export interface AwsClientSettings {
  region: string;
  /** Settings other than credentials (endpoints, retries) are read from this profile. */
  profile?: string;
  credentials?: CredentialProvider;
}

/** How long before its end a session is renewed: a third of its life, five minutes at most. */
const renewalShare = 1 / 3;
const renewalMost = 5 * 60_000;

/** The moment from which a session is to be renewed. */
export function renewalOf(begun: number, expires: number): number {
  return expires - Math.min(renewalMost, (expires - begun) * renewalShare);
}

/**
 * A session that is begun at the first use and renewed before it ends, however long the operation lasts. Many may ask
 * at once: one call is made. A renewal that fails while the session still holds is tried again at the next use: it
 * begins early for just that; when the session is over, the failure is the caller's.
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
    pending ??= renew();
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

/** What the role is assumed with. */
function sourceOf({ region, profile }: AwsIdentity): CredentialProvider {
  const chain = defaultProvider({
    // For sources that ask STS, when the profile has no region. Not as `clientConfig`, which would come before the
    // region of an SSO session: its portal is there and nowhere else.
    parentClientConfig: { region },
    // The SDK would warn, in every run, that the shell has keys beside the profile that was asked for.
    ...(profile === undefined ? {} : { profile, logger: silent }),
  });
  return async () => {
    try {
      return await chain();
    } catch (error) {
      const why = messageOf(error);
      const login = await ssoLogin(profile ?? process.env["AWS_PROFILE"] ?? "default", why);
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

async function assume(
  role: AssumedRole,
  region: string,
  profile: string | undefined,
  source: CredentialProvider,
): Promise<AwsCredentials> {
  // Most runs assume no role, and need not wait for the client.
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  // Asked for before the call: that they cannot be had is another thing than that the role is not given.
  const credentials = await source();
  const client = new STSClient({ region, credentials, ...(profile === undefined ? {} : { profile }) });
  try {
    const { Credentials: got } = await client.send(
      new AssumeRoleCommand({
        RoleArn: role.roleArn,
        RoleSessionName: role.sessionName ?? "pilot",
        DurationSeconds: Math.floor(milliseconds(role.duration ?? "1h") / 1000),
        ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
      }),
    );
    if (!got?.AccessKeyId || !got.SecretAccessKey || !got.SessionToken || !got.Expiration)
      throw new Error("AWS answered without credentials");
    return {
      accessKeyId: got.AccessKeyId,
      secretAccessKey: got.SecretAccessKey,
      sessionToken: got.SessionToken,
      expiration: got.Expiration,
    };
  } catch (error) {
    throw new ConfigError(
      {
        what: `The role ${role.roleArn} cannot be assumed`,
        why: messageOf(error),
        next:
          "check the trust policy of the role, its maximum session duration (one hour when a role assumes it) and " +
          "its external id, then run the same command again",
      },
      error,
    );
  } finally {
    client.destroy();
  }
}

// One session for each identity in this process: the store, the other clients and kOps itself ask for the same, and the
// clusters of a stack mostly do.
const sessions = new Map<string, CredentialProvider>();

/** The credentials of an identity, renewed as long as they are asked for; nothing when the run's own are meant. */
export function credentialsOf(identity: AwsIdentity, now: () => number = Date.now): CredentialProvider | undefined {
  const { region, profile, assumeRole } = identity;
  if (profile === undefined && assumeRole === undefined) return undefined;
  const key = JSON.stringify([region, profile, assumeRole]);
  let session = sessions.get(key);
  if (!session) {
    const source = sourceOf(identity);
    session = assumeRole === undefined ? source : renewing(() => assume(assumeRole, region, profile, source), now);
    sessions.set(key, session);
  }
  return session;
}

/** Settings of any AWS client that works on a cluster. */
export function awsClientSettings(identity: AwsIdentity): AwsClientSettings {
  const credentials = credentialsOf(identity);
  return {
    region: identity.region,
    ...(identity.profile === undefined ? {} : { profile: identity.profile }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}
