import { DateTime } from "luxon";
import { kopsClusterTag } from "../../providers/kops/model/tag-keys.ts";

/*
 * Each acceptance run has a name with the time at which it began. Its stack, its zone and its buckets have that name,
 * and everything that it makes has it in a tag. So whatever stays behind tells whose it is, and how old.
 */

/** The tag of everything that an acceptance run makes, with the run's name. */
export const runTag = "pilot-acceptance";

export const zoneSuffix = "pilot-acceptance.internal";

const format = "yyyyMMddHHmmss";
const run = String.raw`acc-\d{14}`;

export interface Run {
  name: string;
  begun: Date;
}

export const runNameAt = (time: Date): string => `acc-${DateTime.fromJSDate(time, { zone: "utc" }).toFormat(format)}`;

export const zoneOf = (name: string): string => `${name}.${zoneSuffix}`;

function runNamed(text: string | undefined): Run | undefined {
  if (text === undefined || !new RegExp(`^${run}$`).test(text)) return undefined;
  const begun = DateTime.fromFormat(text.slice("acc-".length), format, { zone: "utc" });
  return begun.isValid ? { name: text, begun: begun.toJSDate() } : undefined;
}

/** Whether a name may be of a run: who lists many resources asks for the tags of these alone. */
export const mayBeOfRun = (name: string): boolean => new RegExp(run).test(name);

const clusterKey = "kubernetes.io/cluster/";

/** Names of the clusters in tags that kOps and controllers give. */
function clustersIn(tags: Readonly<Record<string, string>>): string[] {
  return [
    ...Object.keys(tags).flatMap((key) => (key.startsWith(clusterKey) ? [key.slice(clusterKey.length)] : [])),
    ...(tags[kopsClusterTag] === undefined ? [] : [tags[kopsClusterTag]]),
  ];
}

const zone = `(${run})\\.${zoneSuffix.replaceAll(".", "\\.")}`;
const clusterOfRun = new RegExp(`^[a-z0-9-]+\\.${zone}$`);

/**
 * Names of what gets its tags by a second call, so that a run that was killed in between leaves it without: buckets and
 * hosted zones by Pulumi's AWS plugin, instance profiles by kOps (iaminstanceprofile.go in its awstasks).
 */
const untagged: Readonly<Record<string, RegExp>> = {
  bucket: new RegExp(`^pilot-(${run})-(?:state|oidc|logs)-\\d{12}-[a-z0-9-]+$`),
  "hosted-zone": new RegExp(`^${zone}$`),
  "iam-instance-profile": new RegExp(`^[a-z-]+\\.[a-z0-9-]+\\.${zone}$`),
};

/** What decides whose a resource is. */
export interface Traces {
  kind: string;
  name: string;
  tags: Readonly<Record<string, string>>;
}

/**
 * The run that made a resource, by its tag, or by the cluster's name in the tags of kOps. Only without any tag does a
 * name decide, and only of a kind that a killed run leaves so.
 */
export function runOf({ kind, name, tags }: Traces): Run | undefined {
  const tagged = runNamed(tags[runTag]);
  if (tagged) return tagged;
  const cluster = clustersIn(tags).flatMap((one) => clusterOfRun.exec(one)?.[1] ?? [])[0];
  if (cluster !== undefined) return runNamed(cluster);
  if (Object.keys(tags).length > 0) return undefined;
  return runNamed(untagged[kind]?.exec(name)?.[1]);
}
