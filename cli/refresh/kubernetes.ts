import semver from "semver";
import { boundedFetch } from "../../providers/kops/http/fetch.ts";
import { ConfigError, KopsError, messageOf } from "../../providers/kops/model/errors.ts";
import { distance, kubernetesOf, minorOf, minorText, supportedText } from "../../providers/kops/model/versions.ts";

/** Where Kubernetes publishes what is current. */
export const publicReleases = "https://dl.k8s.io/release";

/** Finds the newest patch of a minor, such as 1.34. */
export type Patches = (minor: string) => Promise<string>;

/** Asks a release server, once for each minor. */
export function patchesAt(releases: string): Patches {
  const known = new Map<string, Promise<string>>();
  const ask = async (minor: string): Promise<string> => {
    const url = `${releases.replace(/\/$/, "")}/stable-${minor}.txt`;
    const next = "run the command again, name a mirror by --releases, or leave Kubernetes out by --only image";
    const what = `The newest patch of Kubernetes ${minor} is not known`;
    let answer: Response;
    try {
      answer = await boundedFetch(url, { redirect: "follow", timeout: 30_000 });
    } catch (error) {
      throw new KopsError({ what, why: messageOf(error), next }, error);
    }
    const text = (await answer.text()).trim();
    if (!answer.ok) throw new KopsError({ what, why: `${url} answers HTTP ${answer.status}`, next });
    const found = /^v(\d+\.\d+\.\d+)$/.exec(text)?.[1];
    if (found === undefined || !found.startsWith(`${minor}.`))
      throw new ConfigError({ what, why: `${url} is ${JSON.stringify(text.slice(0, 40))}`, next });
    return found;
  };
  return (minor) => {
    const asked = known.get(minor) ?? ask(minor);
    known.set(minor, asked);
    return asked;
  };
}

/**
 * The newest patch of a cluster's own minor, if its kOps supports that minor. A step to another minor is for people to
 * decide, and one to an older patch for nobody.
 */
export async function newerKubernetes(
  patches: Patches,
  version: string,
  kopsVersion: unknown,
): Promise<{ to: string } | { none: string } | "newest"> {
  const minor = minorOf(version);
  const current = version.replace(/^v/, "");
  if (!minor || semver.valid(current) === null) return { none: "is not a version, such as 1.34.3" };
  const supported = kubernetesOf(kopsVersion);
  if (supported && (distance(supported.oldest, minor) < 0 || distance(minor, supported.newest) < 0))
    return { none: `is not supported by kOps ${String(kopsVersion)}, which takes ${supportedText(supported)}` };
  const newest = await patches(minorText(minor));
  return semver.gt(newest, current) ? { to: `${version.startsWith("v") ? "v" : ""}${newest}` } : "newest";
}
