import { parseKnownFiles } from "@smithy/core/config";

type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/**
 * Messages of the SDK and the portal for a login that is missing, has expired or was ended. A role that the portal does
 * not grant has another message.
 */
const needsLogin = /\baws sso login\b|\bUnauthorizedException\b|\bSession token not found or invalid\b/;

/** The profile whose SSO session a profile's credentials come from: itself, or one that its roles are assumed from. */
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

/** The command that begins a new SSO session. Undefined when the profile lacks credentials for another reason. */
export async function ssoLogin(
  profile: string,
  why: string,
  files: { configFilepath?: string; filepath?: string } = {},
): Promise<string | undefined> {
  if (!needsLogin.test(why)) return undefined;
  const sso = ssoProfileOf(profile, await parseKnownFiles(files));
  return sso === undefined ? undefined : `aws sso login --profile ${sso}`;
}
