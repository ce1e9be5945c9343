import { parseKnownFiles } from "@smithy/core/config";

type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/**
 * What SDK and portal say of a login that nobody began, that is over, or that was ended. That a role is not given is
 * something else.
 */
const needsLogin = /\baws sso login\b|\bUnauthorizedException\b|\bSession token not found or invalid\b/;

/**
 * The profile with the SSO session that a profile's credentials come from in the end: itself, or one that its roles are
 * assumed from.
 */
export function ssoProfileOf(profile: string, profiles: Profiles): string | undefined {
  const seen = new Set<string>();
  for (
    let name: string | undefined = profile;
    name !== undefined && !seen.has(name);
    name = profiles[name]?.["source_profile"]
  ) {
    seen.add(name);
    if (profiles[name]?.["sso_session"] !== undefined || profiles[name]?.["sso_start_url"] !== undefined) return name;
  }
  return undefined;
}

/** The command that begins an SSO session anew, when the lack of one is why the profile gives no credentials. */
export async function ssoLogin(profile: string, why: string): Promise<string | undefined> {
  if (!needsLogin.test(why)) return undefined;
  const sso = ssoProfileOf(profile, await parseKnownFiles({}));
  return sso === undefined ? undefined : `aws sso login --profile ${sso}`;
}
