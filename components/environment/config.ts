import { z } from "zod";
import { platform, platformProblems, tenantProblems, tenants } from "../addons/index.ts";
import { pathText, strict, type Issue, type Problem, type PropertyPath } from "../config/problems.ts";
import { parseConfig } from "../config/typed-texts.ts";
import { dnsRequest } from "../dns/request.ts";
import { networkProblems, networkRequest } from "../network/request.ts";
import { pipelineRequest } from "../pipeline/request.ts";
import { smokeTest } from "../smoke-test/index.ts";
import { stateStoreRequest } from "../state-store/request.ts";
import { readAwsConfig, type AwsConfig } from "../aws/config.ts";
import { awsTags } from "../tags/keys.ts";
import { regionName } from "../../providers/kops/model/regions.ts";

// Messages of its own: the usual ones would repeat the secret.
const clusterSecrets = z.record(z.string(), z.string({ error: "must be text" }), {
  error: "must be a mapping of names to secret values",
});

const partOfCluster = z.record(z.string(), z.unknown());

/** `pulumi config set` writes strings. */
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
  accountId: z
    .string()
    .regex(/^\d{12}$/, { error: "must be an AWS account in twelve digits, in quotation marks" })
    .optional()
    .describe(
      "AWS account of the stack, twelve digits: credentials of another one are refused before the first resource. " +
        "Default: the account of the first `up`. `aws:allowedAccountIds` also guards refresh and destroy.",
    ),
  sandbox: flag
    .default(false)
    .describe(
      "Whether clusters and environment can be deleted at once. With false, a cluster can be deleted only after an " +
        "`up` with `deletionProtection: false` in its file, and Pulumi's `protect` keeps VPC, zone and store. With " +
        "true, a deletion also deletes what workloads made (`deletion.workloadResources`), volumes with their data. " +
        "Default: false.",
    ),
  tags: awsTags(["environment"])
    .default({})
    .describe(
      "AWS tags of everything made here, in addition to Name and environment. Changing them replaces all nodes of " +
        "clusters without tags of their own. Default: none.",
    ),
  clusterSecrets: clusterSecrets
    .default({})
    .describe(
      "Values that cluster files name under `secrets`. Must be encrypted: `pulumi config set --secret --path " +
        "pilot:clusterSecrets.<name>`. Default: none.",
    ),
  clusterDefaults: partOfCluster
    .default({})
    .describe("Defaults for every cluster file of the stack. Default: nothing."),
  clusterOverrides: partOfCluster
    .default({})
    .describe("Overrides every cluster file of the stack; `null` removes a key. Default: nothing."),
  platform: platform.prefault({}).describe("What every cluster of the stack gets for all its users. Default: nothing."),
  tenants: tenants.default({}).describe("App teams by name, the same in every cluster of the stack. Default: none."),
  pipeline: pipelineRequest
    .optional()
    .describe(
      "Roles for GitHub's workflows that preview and update this stack, with the rights that these need and no more. " +
        "Only people with other rights can make or change them. Default: none.",
    ),
  smokeTest: smokeTest
    .prefault({})
    .describe("Tests each cluster after each change of it. Needs kubectl where the program runs. Default: none."),
};

const environmentStack = strict({ ...shared, ...ofEveryStack });

const clusterStack = strict({
  environment: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+){0,2}$/, {
      error: "must be a stack: its name, project/name or organization/project/name",
    })
    .describe(
      "Stack that provides network, DNS and state store: its name, project/name or organization/project/name. This " +
        "stack then has only clusters, and their long operations block nobody else. Default: none, this stack makes " +
        "everything.",
    ),
  ...ofEveryStack,
});

/** Every key of a stack's config, for documentation. */
export const stackConfigKeys = { environment: clusterStack.shape.environment.optional(), ...shared, ...ofEveryStack };

/**
 * The stack's config: the keys of `Pulumi.<stack>.yaml`, parsed and checked. A stack that names an `environment` has
 * only clusters.
 */
export type StackConfig = EnvironmentStackConfig | ClusterStackConfig;
export type EnvironmentStackConfig = z.output<typeof environmentStack> & OfAws & { environment?: undefined };
export type ClusterStackConfig = z.output<typeof clusterStack> & OfAws;

/** What the keys `aws:*` say. */
interface OfAws {
  region: string;
  aws: AwsConfig;
}

/** What is wrong with the platform or the app teams. */
function insideProblems(config: Pick<StackConfig, "platform" | "tenants">): Problem[] {
  const of = (key: string, issues: readonly Issue[]): Problem[] =>
    issues.map(({ path, message }) => blame({ path: [key, ...path], message }));
  return [...of("platform", platformProblems(config.platform)), ...of("tenants", tenantProblems(config.tenants))];
}

function blame({ path: [key, ...path], message }: Issue): Problem {
  return { source: source(key === undefined ? "" : String(key)), path: pathText(path), message };
}

/** The config key of a path, and the path below it. */
const keyIn =
  (project: string) =>
  ([key = "", ...path]: PropertyPath) => ({ key: `${project}:${String(key)}`, path });

const source = (key: string): string => (key === "" ? "stack config" : `pilot:${key}`);

/**
 * No value, or the empty default from Pulumi.yaml, which the engine passes on. (Every key has a default there: the
 * engine requires keys without one in every stack.)
 */
const isEmpty = (text: string | undefined): boolean => text === undefined || /^\s*(\{\s*\}\s*)?$/.test(text);

/** Keys whose empty default in Pulumi.yaml means "not given". */
const absentIfEmpty = new Set(["environment", "accountId", "pipeline"]);

/** Values of `pulumi config` are strings; mappings and lists are JSON. */
function valueOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readRegion(text: string | undefined, problems: Problem[]): string | undefined {
  if (text !== undefined && regionName.test(text)) return text;
  const message =
    text === undefined
      ? "is missing: the region of the environment, such as ap-southeast-2"
      : `"${text}" is not an AWS region, such as ap-southeast-2`;
  problems.push({ source: "aws:region", path: "", message });
  return undefined;
}

/**
 * Parses the config of a stack as the engine passes it: full keys (`pilot:network`) with their strings. `isSecret`
 * tells which keys are encrypted in the stack file. Returns all problems; the config is absent when it cannot be used
 * at all.
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
        "is in clear text: set each value with `pulumi config set --secret --path`, and assume that others know the " +
        "values that were committed",
    });
  }
  const region = readRegion(texts["aws:region"], problems);
  const { aws, problems: ofAws } = readAwsConfig(texts);
  problems.push(...ofAws);

  const own = Object.entries(texts).filter(
    ([key, text]) =>
      key.startsWith(`${project}:`) && !(absentIfEmpty.has(key.slice(project.length + 1)) && isEmpty(text)),
  );
  const values = Object.fromEntries(own.map(([key, text]) => [key.slice(project.length + 1), valueOf(text)]));
  if ("environment" in values)
    return readClusterStack(
      values,
      { project, isEmptyKey: (key) => isEmpty(texts[`${project}:${key}`]) },
      { region, aws },
      problems,
    );
  const parsed = parseConfig(environmentStack, values, keyIn(project));
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
        message: `"${zone}" is not a zone of ${region}, such as ${region}a`,
      });
    }
  }
  return { config: { ...config, region, aws }, problems };
}

/** The config of a stack that takes network, DNS and store from another. */
function readClusterStack(
  values: Record<string, unknown>,
  { project, isEmptyKey }: { project: string; isEmptyKey: (key: string) => boolean },
  { region, aws }: { region: string | undefined; aws: AwsConfig },
  problems: Problem[],
): { config?: ClusterStackConfig; problems: Problem[] } {
  const both = Object.keys(shared).filter((key) => key in values);
  for (const key of both.filter((one) => !isEmptyKey(one))) {
    problems.push({
      source: source(key),
      path: "",
      message:
        `comes from the stack ${String(values["environment"])}: a stack with pilot:environment has none ` +
        "of its own",
    });
  }
  const own = Object.fromEntries(Object.entries(values).filter(([key]) => !both.includes(key)));
  const parsed = parseConfig(clusterStack, own, keyIn(project));
  problems.push(...(parsed.ok ? insideProblems(parsed.value) : parsed.issues.map(blame)));
  return parsed.ok && region !== undefined ? { config: { ...parsed.value, region, aws }, problems } : { problems };
}
