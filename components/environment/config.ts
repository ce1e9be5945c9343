import { z } from "zod";
import { platform, platformProblems, tenantProblems, tenants } from "../addons/index.ts";
import { parse, pathText, strict, type Issue, type Problem } from "../config/problems.ts";
import { dnsRequest } from "../dns/request.ts";
import { networkProblems } from "../network/problems.ts";
import { networkRequest } from "../network/request.ts";
import { smokeTest } from "../smoke-test/index.ts";
import { stateStoreRequest } from "../state-store/request.ts";
import { awsTags } from "../tags/rules.ts";

// Messages of their own: the usual ones repeat what they were given.
const clusterSecrets = z.record(z.string(), z.string({ error: "must be text" }), {
  error: "must be a mapping of names to secret values",
});

const partOfCluster = z.record(z.string(), z.unknown());

/** `pulumi config set` writes texts. */
const flag = z.preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean());

/** What a stack makes for its clusters. */
const shared = {
  network: networkRequest.describe("The VPC and its subnets."),
  dns: dnsRequest.describe("The hosted zone, and the domain that clusters are named below."),
  stateStore: stateStoreRequest
    .prefault({})
    .describe(
      "The kOps state bucket and the bucket of OIDC discovery documents. Default: both, with names computed from " +
        "project, stack, account and region.",
    ),
};

const ofEveryStack = {
  sandbox: flag
    .default(false)
    .describe(
      "Whether clusters may be deleted without further ado. With false, a cluster is deleted only after an `up` " +
        "with `deletionProtection: false` in its file; with true, a deletion also deletes what workloads made " +
        "(`deletion.workloadResources`), volumes with their data. Default: false.",
    ),
  tags: awsTags(["environment"])
    .default({})
    .describe(
      "AWS tags of everything made here, beside Name and environment. Changing them replaces all nodes of " +
        "clusters without tags of their own. Default: none.",
    ),
  clusterSecrets: clusterSecrets
    .default({})
    .describe(
      "Values that cluster files name under `secrets`. Encrypted only: `pulumi config set --secret --path " +
        "pilot:clusterSecrets.<name>`. Default: none.",
    ),
  clusterDefaults: partOfCluster.default({}).describe("Laid under every cluster file of the stack. Default: nothing."),
  clusterOverrides: partOfCluster
    .default({})
    .describe("Laid over every cluster file of the stack, `null` takes a key out. Default: nothing."),
  platform: platform
    .prefault({})
    .describe("What is put into every cluster of the stack for all who use it. Default: nothing."),
  tenants: tenants.default({}).describe("App teams, by name: the same in every cluster of the stack. Default: none."),
  smokeTest: smokeTest
    .prefault({})
    .describe("A test of each cluster after each change of it. Needs kubectl where the program runs. Default: none."),
};

const environmentStack = strict({ ...shared, ...ofEveryStack });

const clusterStack = strict({
  environment: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+){0,2}$/, {
      error: "must be a stack: its name, project/name or organization/project/name",
    })
    .describe(
      "Stack that network, DNS and state store are taken from: its name, project/name or " +
        "organization/project/name. This stack then holds clusters only, and their long operations hold nobody " +
        "else. Default: none, all is made here.",
    ),
  ...ofEveryStack,
});

/** Every key of a stack's config, for documentation. */
export const stackConfigKeys = { environment: clusterStack.shape.environment.optional(), ...shared, ...ofEveryStack };

/**
 * The stack's config as the program uses it: the keys of `Pulumi.<stack>.yaml`, parsed and checked. A stack that names
 * an
 * `environment` holds clusters only.
 */
export type StackConfig = EnvironmentStackConfig | ClusterStackConfig;
export type EnvironmentStackConfig = z.output<typeof environmentStack> & { region: string; environment?: undefined };
export type ClusterStackConfig = z.output<typeof clusterStack> & { region: string };

/** What is wrong with what is to be put into clusters. */
function insideProblems(config: Pick<StackConfig, "platform" | "tenants">): Problem[] {
  const of = (key: string, issues: readonly Issue[]): Problem[] =>
    issues.map(({ path, message }) => blame({ path: [key, ...path], message }));
  return [...of("platform", platformProblems(config.platform)), ...of("tenants", tenantProblems(config.tenants))];
}

function blame({ path: [key, ...path], message }: Issue): Problem {
  return { source: source(key === undefined ? "" : String(key)), path: pathText(path), message };
}

const source = (key: string): string => (key === "" ? "stack config" : `pilot:${key}`);

/**
 * Nothing given: no value, or the empty one that the engine passes on as the default of Pulumi.yaml. (There every key
 * has one: the engine takes a key without for required in every stack.)
 */
const isEmpty = (text: string | undefined): boolean => text === undefined || /^\s*(\{\s*\}\s*)?$/.test(text);

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
  const message =
    text === undefined
      ? "is missing: the region of the environment, such as ap-southeast-2"
      : `"${text}" is no AWS region, such as ap-southeast-2`;
  problems.push({ source: "aws:region", path: "", message });
  return undefined;
}

/**
 * Parses the config of a stack as the engine hands it over: full keys (`pilot:network`) with their texts.
 * `isSecret` says which keys are encrypted in the stack file. Everything that is wrong is returned; the config is
 * absent when it cannot be used at all.
 */
export function readStackConfig(
  texts: Readonly<Record<string, string>>,
  project: string,
  isSecret: (key: string) => boolean = () => true,
): { config?: StackConfig; problems: Problem[] } {
  const problems: Problem[] = [];
  const secretsKey = `${project}:clusterSecrets`;
  if (!isEmpty(texts[secretsKey]) && !isSecret(secretsKey)) {
    problems.push({
      source: source("clusterSecrets"),
      path: "",
      message:
        "is in clear text: set each value with `pulumi config set --secret --path`, and take what was committed " +
        "for known to others",
    });
  }
  const region = readRegion(texts["aws:region"], problems);

  const own = Object.entries(texts).filter(
    ([key, text]) => key.startsWith(`${project}:`) && !(key === `${project}:environment` && isEmpty(text)),
  );
  const values = Object.fromEntries(own.map(([key, text]) => [key.slice(project.length + 1), valueOf(text)]));
  if ("environment" in values)
    return readClusterStack(values, (key) => isEmpty(texts[`${project}:${key}`]), region, problems);
  const parsed = parse(environmentStack, values);
  if (!parsed.ok) {
    problems.push(...parsed.issues.map(blame));
    return { problems };
  }
  const config = parsed.value;
  problems.push(...insideProblems(config));
  problems.push(
    ...networkProblems(config.network).map(({ path, message }) => ({
      source: source("network"),
      path: pathText(path),
      message,
    })),
  );
  if (region === undefined) return { problems };
  for (const [index, zone] of config.network.zones.entries()) {
    if (!zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length))) {
      problems.push({
        source: source("network"),
        path: `zones[${index}]`,
        message: `"${zone}" is no zone of ${region}, such as ${region}a`,
      });
    }
  }
  return { config: { ...config, region }, problems };
}

/** The config of a stack that takes network, DNS and store from another. */
function readClusterStack(
  values: Record<string, unknown>,
  isEmptyKey: (key: string) => boolean,
  region: string | undefined,
  problems: Problem[],
): { config?: ClusterStackConfig; problems: Problem[] } {
  const both = Object.keys(shared).filter((key) => key in values);
  for (const key of both.filter((one) => !isEmptyKey(one))) {
    problems.push({
      source: source(key),
      path: "",
      message:
        `is that of the stack ${String(values["environment"])}: a stack with pilot:environment has none ` +
        "of its own",
    });
  }
  const parsed = parse(clusterStack, Object.fromEntries(Object.entries(values).filter(([key]) => !both.includes(key))));
  problems.push(...(parsed.ok ? insideProblems(parsed.value) : parsed.issues.map(blame)));
  return parsed.ok && region !== undefined ? { config: { ...parsed.value, region }, problems } : { problems };
}
