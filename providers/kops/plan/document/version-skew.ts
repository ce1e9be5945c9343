import { distance, minorOf, minorText } from "../../model/versions.ts";
import type { NodeVersion } from "../facts/kubernetes-api.ts";

/**
 * How many minors a kubelet may be older than its API server (https://kubernetes.io/releases/version-skew-policy/,
 * since 1.28).
 */
const oldestKubelet = 3;

const allowed = "which is allowed";

/** Whether a line tells a skew that Kubernetes supports: no risk, but worth a note. */
export const isAllowedSkew = (line: string): boolean => line.includes(allowed);

/**
 * Version skew between the API server and kubelets, now and with the desired version. Groups that roll in the same
 * change get the desired version.
 */
export function skewLines(
  server: string,
  desired: unknown,
  nodes: readonly NodeVersion[],
  rolling: ReadonlySet<string>,
): string[] {
  const [now, then] = [minorOf(server), minorOf(desired)];
  if (!now) return [];
  const byText = new Map<string, string[]>();
  for (const { name, group, version } of nodes) {
    const kubelet = minorOf(version);
    if (!kubelet) continue;
    const say = (text: string): void => {
      byText.set(text, [...(byText.get(text) ?? []), name]);
    };
    if (distance(now, kubelet) > 0) say(`kubelet ${version} is newer than the API server ${server}`);
    else if (distance(kubelet, now) > oldestKubelet)
      say(`kubelet ${version} is more than ${oldestKubelet} minors older than the API server ${server}`);
    else if (then && distance(kubelet, then) > oldestKubelet && !rolling.has(group))
      say(`kubelet ${version} would be more than ${oldestKubelet} minors older than the API server ${minorText(then)}`);
    else if (distance(kubelet, now) > 0) say(`kubelet ${version} is older than the API server ${server}, ${allowed}`);
  }
  return [...byText].map(
    ([text, names]) => `${text}: ${names.length > 3 ? `${names.length} nodes` : names.join(", ")}`,
  );
}
