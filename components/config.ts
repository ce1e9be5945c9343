import { z } from "zod";
import { parse, pathText, strict, type Problem } from "./config-problems.ts";
import { networkProblems } from "./network/problems.ts";
import { networkRequest } from "./network/request.ts";
import { longestBucketName } from "./state-store/bucket-names.ts";

const domain = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/, { error: "must be a domain in lower case with at least one dot, such as sbx.pilot.internal" });

const dns = z.discriminatedUnion("type", [
  strict({ type: z.literal("private"), name: domain }),
  strict({ type: z.literal("public"), name: domain }),
  strict({
    type: z.literal("existing"),
    name: domain,
    id: z.string().regex(/^[0-9A-Z]+$/, { error: "must be a hosted zone id, such as Z0123456789ABCDEFGHIJ" }),
    visibility: z.enum(["public", "private"]),
  }),
  strict({ type: z.literal("none"), name: domain }),
]);

const bucketName = z.string().regex(new RegExp(`^[a-z0-9][a-z0-9-]{1,${longestBucketName - 2}}[a-z0-9]$`), {
  error: "must be a bucket name of lower case letters, digits and hyphens, without dots",
});

const stateStore = strict({
  onDestroy: z.enum(["retain", "purge"]).default("retain"),
  stateBucket: bucketName.optional(),
  discoveryBucket: bucketName.optional(),
  keepOldVersionsDays: z.int().min(1).max(3650).default(90),
});

// Messages of their own: the usual ones repeat what they were given.
const clusterSecrets = z.record(z.string(), z.string({ error: "must be text" }), { error: "must be a mapping of names to secret values" });

const partOfCluster = z.record(z.string(), z.unknown());

const stackConfig = strict({
  network: networkRequest,
  dns,
  stateStore: stateStore.prefault({}),
  tags: z.record(z.string().min(1), z.string()).default({}),
  clusterSecrets: clusterSecrets.default({}),
  clusterDefaults: partOfCluster.default({}),
  clusterOverrides: partOfCluster.default({}),
});

/** The stack's config as the program uses it: the keys of `Pulumi.<stack>.yaml`, parsed and checked. */
export type StackConfig = z.output<typeof stackConfig> & { region: string };

const source = (key: string): string => (key === "" ? "stack config" : `pilot:${key}`);

/** Nothing given: no value, or the empty mapping that the engine passes on as the default of Pulumi.yaml. */
const isEmpty = (text: string | undefined): boolean => text === undefined || /^\s*\{\s*\}\s*$/.test(text);

/** Values of `pulumi config` are texts; mappings and lists are JSON. */
function valueOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readRegion(text: string | undefined, problems: Problem[]): string | undefined {
  if (text !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text;
  const message = text === undefined ? "is missing: the region of the environment, such as ap-southeast-2" : `"${text}" is no AWS region, such as ap-southeast-2`;
  problems.push({ source: "aws:region", path: "", message });
  return undefined;
}

/**
 * Parses the config of a stack as the engine hands it over: full keys (`pilot:network`) with their texts.
 * `isSecret` says which keys are encrypted in the stack file. Everything that is wrong is returned; the config is absent when it cannot be used at all.
 */
export function readStackConfig(
  texts: Readonly<Record<string, string>>,
  project: string,
  isSecret: (key: string) => boolean = () => true,
): { config?: StackConfig; problems: Problem[] } {
  const problems: Problem[] = [];
  const secretsKey = `${project}:clusterSecrets`;
  if (!isEmpty(texts[secretsKey]) && !isSecret(secretsKey)) {
    problems.push({ source: source("clusterSecrets"), path: "", message: "is in clear text: set each value with `pulumi config set --secret --path`, and take what was committed for known to others" });
  }
  const region = readRegion(texts["aws:region"], problems);

  const own = Object.entries(texts).filter(([key]) => key.startsWith(`${project}:`));
  const values = Object.fromEntries(own.map(([key, text]) => [key.slice(project.length + 1), valueOf(text)]));
  const parsed = parse(stackConfig, values);
  if (!parsed.ok) {
    problems.push(
      ...parsed.issues.map(({ path: [key, ...path], message }) => ({
        source: source(key === undefined ? "" : String(key)),
        path: pathText(path),
        message,
      })),
    );
    return { problems };
  }
  const config = parsed.value;
  problems.push(...networkProblems(config.network).map(({ path, message }) => ({ source: source("network"), path: pathText(path), message })));
  if (region === undefined) return { problems };
  for (const [index, zone] of config.network.zones.entries()) {
    if (!zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length))) {
      problems.push({ source: source("network"), path: `zones[${index}]`, message: `"${zone}" is no zone of ${region}, such as ${region}a` });
    }
  }
  return { config: { ...config, region }, problems };
}
