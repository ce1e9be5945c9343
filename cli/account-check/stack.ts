import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import yaml from "js-yaml";
import { ConfigError, ExplainedError, messageOf } from "../../providers/kops/model/errors.ts";
import { isRecord } from "../../providers/kops/model/spec.ts";
import { composeCluster } from "../../components/cluster/compose.ts";
import { placementOf } from "../../components/cluster/manifest/placement.ts";
import type { ClusterEnvironment, EnvironmentZone } from "../../components/cluster/spec/cluster-environment.ts";
import { fullName } from "../../components/cluster/spec/names.ts";
import { readStackConfig, type EnvironmentStackConfig, type StackConfig } from "../../components/environment/config.ts";
import { readEnvironment, type EnvironmentRequest } from "../../components/environment/read.ts";
import { allocateSubnets, defaultCidr } from "../../components/network/model/subnets.ts";
import { forIpv6Clusters } from "../../components/network/request.ts";
import { environmentReferenceVersion, type EnvironmentReference } from "../../components/reference/environment.ts";
import { bucketNames } from "../../components/state-store/create-state-store.ts";
import type { AllowedAccounts } from "./caller.ts";
import type { Finding } from "./finding.ts";
import type { KopsObjects } from "./needs.ts";

/** Names of an environment's buckets; without one for OIDC discovery, if it publishes no documents. */
export interface Buckets {
  state: string;
  discovery?: string;
  logs: string;
}

/** A stack's files, as far as its account is checked for them. */
export interface CheckedStack {
  project: string;
  config: StackConfig;
  /** AWS accounts that the config allows and forbids. */
  accounts: AllowedAccounts;
  zones: string[];
  /** The buckets, if they are in this account. */
  bucketsIn: (account: string) => Buckets;
  /** Domain that clusters are named below. */
  zoneName: string;
  clusters: KopsObjects[];
  /** Pulumi's names of the clusters, by full name. */
  names: ReadonlyMap<string, string>;
  /** Cluster files that cannot be used. */
  problems: Finding[];
}

/** A YAML file of the project. */
export function readYaml(root: string, file: string): Record<string, unknown> {
  const wrong = (why: string, next: string): ConfigError =>
    new ConfigError({ what: `${file} cannot be read`, why, next });
  if (!existsSync(join(root, file)))
    throw wrong("there is no such file", "name another stack, or write the file first");
  try {
    const read: unknown = yaml.load(readFileSync(join(root, file), "utf8"));
    if (!isRecord(read)) throw new Error("it is not a mapping of keys to values");
    return read;
  } catch (error) {
    throw wrong(messageOf(error), "correct it, then run the same command again");
  }
}

/** A value without its secrets, which are encrypted and not needed here. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  if (typeof value["secure"] === "string") return "secret";
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutSecrets(one)]));
}

/** The config of a stack file, as the engine passes it: full keys with texts. */
export function textsOf(file: Record<string, unknown>, project: string): Record<string, string> {
  const config = isRecord(file["config"]) ? file["config"] : {};
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const clear = withoutSecrets(value);
      return [key.includes(":") ? key : `${project}:${key}`, typeof clear === "string" ? clear : JSON.stringify(clear)];
    }),
  );
}

/** Ids and ranges that are not known before an `up`, and that nothing here looks at. */
const unmade = {
  account: "000000000000",
  vpcId: "vpc-00000000",
  subnetId: "subnet-00000000",
  zoneId: "Z00000000",
  cidr: "10.0.0.0/20",
  ipv6: "fd00::/64",
  issuer: "https://d0.cloudfront.net",
};

/** The zones of the network that a stack asks for. */
function zonesOf({ network }: EnvironmentStackConfig): EnvironmentZone[] {
  const {
    zones,
    existing,
    cidr = defaultCidr,
    secondaryCidrs = [],
    subnets: given,
    topology = "private",
    ipv6,
  } = network;
  const [privateIpv6Cidr, utilityIpv6Cidr] = ipv6 === forIpv6Clusters ? [unmade.ipv6, unmade.ipv6] : [];
  const made = existing
    ? zones.map((zone) => ({
        zone,
        privateCidr: existing.subnets.private && unmade.cidr,
        utilityCidr: existing.subnets.utility && unmade.cidr,
      }))
    : allocateSubnets({ vpcCidr: cidr, secondaryCidrs, zones, given, topology });
  return made.map(({ zone, privateCidr, utilityCidr }) => ({
    zone,
    ...(privateCidr !== undefined && { privateSubnetId: unmade.subnetId, privateCidr, privateIpv6Cidr }),
    ...(utilityCidr !== undefined && { utilitySubnetId: unmade.subnetId, utilityCidr, utilityIpv6Cidr }),
  }));
}

/** The stack that makes an environment. */
interface Maker {
  project: string;
  stack: string;
  config: EnvironmentStackConfig;
}

function bucketsIn({ project, stack, config: { stateStore, region } }: Maker, account: string): Buckets {
  const { discovery, ...others } = bucketNames(stateStore, { project, stack, accountId: account, region });
  return { ...others, ...(stateStore.discovery !== "none" && { discovery }) };
}

function storeOf(maker: Maker): EnvironmentReference["stateStore"] {
  const { state, discovery } = bucketsIn(maker, unmade.account);
  const { discovery: published } = maker.config.stateStore;
  const served = published === "cloudfront" ? unmade.issuer : undefined;
  const issuer = typeof published === "object" ? published.issuer : served;
  return {
    stateStore: `s3://${state}`,
    ...(discovery !== undefined && { discoveryBucket: discovery }),
    ...(issuer !== undefined && { issuer }),
  };
}

/** The environment that a stack asks for, with stand-ins for what is not known before an `up`. */
function environmentOf(maker: Maker): ClusterEnvironment {
  const { config } = maker;
  const { dns, network } = config;
  const visibility = dns.type === "existing" ? dns.visibility : dns.type;
  return {
    network: { vpcId: unmade.vpcId, vpcCidr: network.cidr ?? defaultCidr, zones: zonesOf(config) },
    dns: {
      topology: visibility === "none" ? "None" : visibility === "public" ? "Public" : "Private",
      zoneName: dns.name,
      ...(dns.type !== "none" && { zoneId: unmade.zoneId }),
    },
    store: storeOf(maker),
  };
}

/** The same as the output that a stack of clusters reads. */
function referenceTo({ network, dns }: ClusterEnvironment, maker: Maker): EnvironmentReference {
  const {
    stack: name,
    config: {
      region,
      network: { ipv6 },
    },
  } = maker;
  const ipv6Clusters = ipv6 === forIpv6Clusters;
  return {
    version: environmentReferenceVersion,
    name,
    region,
    accountId: unmade.account,
    tags: {},
    network: {
      vpcId: unmade.vpcId,
      vpcCidr: network.vpcCidr,
      ...(ipv6Clusters && { ipv6Clusters }),
      zones: network.zones.map(({ zone, privateCidr, utilityCidr }) => ({
        zone,
        ...(privateCidr !== undefined && { privateSubnetId: unmade.subnetId, privateCidr }),
        ...(utilityCidr !== undefined && { utilitySubnetId: unmade.subnetId, utilityCidr }),
        ...(ipv6Clusters && privateCidr !== undefined && { privateIpv6Cidr: unmade.ipv6 }),
        ...(ipv6Clusters && utilityCidr !== undefined && { utilityIpv6Cidr: unmade.ipv6 }),
      })),
    },
    dns: { topology: dns.topology, zoneName: dns.zoneName, ...(dns.zoneId !== undefined && { zoneId: unmade.zoneId }) },
    stateStore: storeOf(maker),
  };
}

/** What a cluster is to kOps; a finding if that cannot be told before an `up`. */
function compose(
  request: EnvironmentRequest["clusters"][number],
  environment: ClusterEnvironment,
): KopsObjects | Finding {
  try {
    const placed =
      "manifest" in request
        ? { ...request, placement: placementOf(request, undefined, environment.network.vpcCidr) }
        : request;
    const { name, cluster, instanceGroups } = composeCluster(placed, environment);
    return { name, cluster, instanceGroups };
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return { check: `cluster ${request.name}`, status: "not known", text: error.explanation.why };
  }
}

/** Accounts in the config, which has been checked. */
function accountsIn(texts: Readonly<Record<string, string>>, own: string | undefined): AllowedAccounts {
  const list = (key: string): string[] | undefined =>
    texts[key] === undefined ? undefined : (JSON.parse(texts[key]) as unknown[]).map(String);
  return { own, allowed: list("aws:allowedAccountIds"), forbidden: list("aws:forbiddenAccountIds") };
}

/**
 * Reads the files of a stack, without Pulumi: before the first `up` there is no state. A stack of clusters is read with
 * the files of the stack that makes its environment, which must be in this project. Throws if the config is unusable.
 */
export async function readStack(root: string, stack: string): Promise<CheckedStack> {
  const { name } = readYaml(root, "Pulumi.yaml");
  const project = typeof name === "string" ? name : "";
  const textsIn = (of: string): Record<string, string> => textsOf(readYaml(root, `Pulumi.${of}.yaml`), project);
  const texts = textsIn(stack);
  let maker: Maker | undefined;
  const request = await readEnvironment({
    root,
    project,
    stack,
    texts,
    environmentOf: async (reference) => {
      const name = reference.split("/").at(-1) ?? reference;
      const { config, problems } = readStackConfig(textsIn(name), project);
      if (!config || config.environment !== undefined || problems.length > 0)
        throw new ConfigError({
          what: `The environment of the stack ${stack} cannot be checked`,
          why: `Pulumi.${name}.yaml is not the usable config of a stack with a network`,
          next: `run the check for the stack ${name}`,
        });
      maker = { project, stack: name, config };
      return await Promise.resolve(referenceTo(environmentOf(maker), maker));
    },
  });
  const { config } = request;
  const by = maker ?? (config.environment === undefined ? { project, stack, config } : undefined);
  if (!by) throw new Error("a stack of clusters is read together with its environment");
  const environment = environmentOf(by);
  const composed = request.clusters.map((one) => compose(one, environment));
  return {
    project,
    config,
    accounts: accountsIn(texts, config.accountId),
    zones: environment.network.zones.map(({ zone }) => zone),
    bucketsIn: (account) => bucketsIn(by, account),
    zoneName: environment.dns.zoneName,
    clusters: composed.filter((one): one is KopsObjects => "instanceGroups" in one),
    names: new Map(request.clusters.map(({ name: one }) => [fullName(one, environment.dns.zoneName), one])),
    problems: [
      ...request.refused.map(({ source, path, message }) => ({
        check: source,
        status: "failed" as const,
        text: `${path === "" ? "" : `${path}: `}${message}`,
        next: "correct the file",
      })),
      ...composed.filter((one): one is Finding => "status" in one),
    ],
  };
}
