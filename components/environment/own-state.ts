import * as pulumi from "@pulumi/pulumi";
import { parseStoreUrl } from "../../providers/kops/store/object-store.ts";
import { isPlainObject, type PlainObject } from "../config/merge.ts";
import type { SubnetKind } from "../network/subnet-tags.ts";
import { environmentReference, type EnvironmentReference } from "../reference/index.ts";

/** A subnet that a stack has made, or uses. */
export interface OwnSubnet {
  kind: SubnetKind;
  zone: string;
  id: string;
  cidr: string;
}

/** A cluster in a stack's state. */
export interface OwnCluster {
  /** Name of its resource: that of its file's cluster. */
  resource: string;
  /** Full name. */
  name: string;
  stateStore: string;
  owner?: string;
  /** What the state has of it: its inputs, and its outputs. */
  state: PlainObject;
}

/** A tag on a subnet. */
export interface OwnTag {
  resourceId: string;
  key: string;
  value: string;
}

/** What a stack has, by its state: what an environment that is about to change is compared with. */
export interface OwnState {
  /** Stack that the environment below was taken from at the last update; absent where it is this stack's own. */
  borrowed?: string;
  stateBucket?: string;
  discoveryBucket?: string;
  /** ARN of the key made here. */
  keyArn?: string;
  /** Role that the store was made with. */
  storeRole?: string;
  /** Whether the end of the store deletes what is in it. */
  purges: boolean;
  network?: { made: boolean; vpcId: string; cidr: string; subnets: OwnSubnet[] };
  zone?: { made: boolean; id: string; name: string; private?: boolean };
  /** Whether it has a domain, but no hosted zone. */
  withoutZone: boolean;
  clusters: OwnCluster[];
  /** By the name of their resource. */
  tags: Record<string, OwnTag>;
}

/** Outputs of every resource of a stack, by URN, as the engine gives them. */
export type ResourceOutputs = Readonly<Record<string, { type: string; outputs: PlainObject }>>;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const list = (value: unknown): PlainObject[] => (Array.isArray(value) ? value.filter(isPlainObject) : []);

/** An id that the state of the AWS plugin has twice: as output, and at the end of the ARN. */
const idOf = ({ id, arn }: PlainObject): string | undefined => text(id) ?? text(arn)?.split("/").at(-1);

function roleOf({ assumeRoles }: PlainObject): string | undefined {
  const roles: unknown = typeof assumeRoles === "string" ? JSON.parse(assumeRoles) : assumeRoles;
  return text(list(roles)[0]?.["roleArn"]);
}

/**
 * What the outputs of a stack's resources say of its environment. `stack`: the name that resources of an environment
 * begin with.
 */
export function ownStateOf(resources: ResourceOutputs, stack: string): OwnState {
  const all = Object.entries(resources).map(([urn, { type, outputs }]) => ({
    type,
    name: urn.split("::").at(-1) ?? "",
    outputs,
  }));
  const one = (type: string, name: string): PlainObject | undefined =>
    all.find((resource) => resource.type === type && resource.name === name)?.outputs;
  const each = (type: string): { name: string; outputs: PlainObject }[] =>
    all.filter((resource) => resource.type === type);

  const [state, discovery] = ["state", "discovery"].map((kind) => one("aws:s3/bucket:Bucket", `${stack}-${kind}`));
  const [stateBucket, discoveryBucket] = [state, discovery].map(
    (bucket) => text(bucket?.["bucket"]) ?? text(bucket?.["id"]),
  );
  const keyArn = text(one("aws:kms/key:Key", `${stack}-state`)?.["arn"]);
  const provider = one("pulumi:providers:aws", `${stack}-store`);
  const storeRole = provider && roleOf(provider);
  const network = networkIn(one, each, stack);
  const zone = zoneIn(one, stack);
  const borrowed =
    stateBucket === undefined && network === undefined
      ? borrowedIn(all.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs["environment"])
      : undefined;
  return {
    ...borrowed,
    ...(stateBucket !== undefined && { stateBucket }),
    ...(discoveryBucket !== undefined && { discoveryBucket }),
    ...(keyArn !== undefined && { keyArn }),
    ...(storeRole !== undefined && { storeRole }),
    purges:
      state?.["forceDestroy"] === true ||
      one("pulumi-nodejs:dynamic/store:BucketContents", `${stack}-state`)?.["onDestroy"] === "purge",
    ...(network && { network }),
    ...(zone && { zone }),
    withoutZone: zone === undefined && one("pilot:dns:Dns", stack)?.["zoneName"] !== undefined,
    clusters: each("pulumi-nodejs:dynamic/kops:Cluster").flatMap(({ name: resource, outputs }) => {
      const [name, stateStore, owner] = [text(outputs["name"]), text(outputs["stateStore"]), text(outputs["owner"])];
      return name === undefined || stateStore === undefined
        ? []
        : [{ resource, name, stateStore, ...(owner !== undefined && { owner }), state: outputs }];
    }),
    tags: Object.fromEntries(
      each("aws:ec2/tag:Tag").map(({ name, outputs }) => [
        name,
        {
          resourceId: text(outputs["resourceId"]) ?? "",
          key: text(outputs["key"]) ?? "",
          value: text(outputs["value"]) ?? "",
        },
      ]),
    ),
  };
}

/** The environment that a stack of clusters was in, by what it tells others of it. */
function borrowedIn(
  environment: unknown,
): Pick<OwnState, "borrowed" | "stateBucket" | "discoveryBucket" | "network" | "zone"> | undefined {
  const { success, data } = environmentReference.safeParse(environment);
  if (!success) return undefined;
  const { name, network, dns, stateStore } = data;
  return {
    borrowed: name,
    stateBucket: parseStoreUrl(stateStore.stateStore).bucket,
    discoveryBucket: stateStore.discoveryBucket,
    network: { made: false, vpcId: network.vpcId, cidr: network.vpcCidr, subnets: subnetsIn(network.zones) },
    ...(dns.zoneId !== undefined && { zone: { made: false, id: dns.zoneId, name: dns.zoneName } }),
  };
}

/** Subnets of an environment's zones. */
export function subnetsIn(zones: EnvironmentReference["network"]["zones"]): OwnSubnet[] {
  return zones.flatMap(({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr }): OwnSubnet[] => [
    ...(privateSubnetId === undefined
      ? []
      : [{ kind: "private" as const, zone, id: privateSubnetId, cidr: privateCidr ?? "" }]),
    { kind: "utility", zone, id: utilitySubnetId, cidr: utilityCidr },
  ]);
}

type One = (type: string, name: string) => PlainObject | undefined;
type Each = (type: string) => { name: string; outputs: PlainObject }[];

function networkIn(one: One, each: Each, stack: string): OwnState["network"] {
  const vpc = one("aws:ec2/vpc:Vpc", stack);
  if (vpc) {
    const made = each("aws:ec2/subnet:Subnet").flatMap(({ name, outputs }): OwnSubnet[] => {
      const kind = (["private", "utility"] as const).find((prefix) => name.startsWith(`${stack}-${prefix}-`));
      const id = idOf(outputs);
      return kind === undefined || id === undefined
        ? []
        : [{ kind, zone: name.slice(`${stack}-${kind}-`.length), id, cidr: text(outputs["cidrBlock"]) ?? "" }];
    });
    return { made: true, vpcId: idOf(vpc) ?? "", cidr: text(vpc["cidrBlock"]) ?? "", subnets: made };
  }
  const found = one("pilot:network:ExistingNetwork", stack);
  const vpcId = text(found?.["vpcId"]);
  if (!found || vpcId === undefined) return undefined;
  const subnets = list(found["zones"]).flatMap((zone): OwnSubnet[] =>
    (["private", "utility"] as const).flatMap((kind) => {
      const [name, id, cidr] = [text(zone["zone"]), text(zone[`${kind}SubnetId`]), text(zone[`${kind}Cidr`])];
      return name === undefined || id === undefined ? [] : [{ kind, zone: name, id, cidr: cidr ?? "" }];
    }),
  );
  return { made: false, vpcId, cidr: text(found["vpcCidr"]) ?? "", subnets };
}

function zoneIn(one: One, stack: string): OwnState["zone"] {
  const zone = one("aws:route53/zone:Zone", stack);
  if (zone) {
    const [id, name] = [text(zone["zoneId"]) ?? idOf(zone), text(zone["name"])];
    return id === undefined || name === undefined
      ? undefined
      : { made: true, id, name, private: list(zone["vpcs"]).length > 0 };
  }
  const dns = one("pilot:dns:Dns", stack);
  const [id, name] = [text(dns?.["zoneId"]), text(dns?.["zoneName"])];
  return id === undefined || name === undefined ? undefined : { made: false, id, name };
}

/**
 * What the running stack has, by its own state. The engine answers this for any stack of the backend
 * (`readStackResourceOutputs` in pkg/resource/deploy/builtins.go): the state as it was saved last, also of a run that
 * failed half-way; of a stack that was never brought up, nothing. Secrets arrive in clear, and stay in this process.
 */
export async function readOwnState({
  organization,
  project,
  stack,
}: {
  organization: string;
  project: string;
  stack: string;
}): Promise<OwnState> {
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName: `${organization}/${project}/${stack}`,
  })) as { outputs?: ResourceOutputs };
  return ownStateOf(outputs ?? {}, stack);
}
