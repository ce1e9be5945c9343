import * as pulumi from "@pulumi/pulumi";
import { parseStoreUrl } from "../../../providers/kops/store/object-store.ts";
import { isPlainObject } from "../../config/merge.ts";
import type { PlainObject } from "../../config/merge.ts";
import { environmentReference } from "../../reference/index.ts";
import type { EnvironmentReference } from "../../reference/index.ts";
import type { SubnetKind } from "../../tags/keys.ts";
import { recordedAccount } from "./account.ts";
import type { RecordedAccount } from "./account.ts";

/** A subnet that a stack made or uses. */
export interface OwnSubnet {
  kind: SubnetKind;
  zone: string;
  id: string;
  cidr: string;
}

/** A cluster in a stack's state. */
export interface OwnCluster {
  /** Name of its resource, from its file. */
  resource: string;
  /** Full name. */
  name: string;
  stateStore: string;
  owner?: string;
  /** Its inputs and outputs. */
  state: PlainObject;
}

/** A tag on a subnet. */
export interface OwnTag {
  resourceId: string;
  key: string;
  value: string;
}

/** What a stack has, from its state: the desired environment is compared with it. */
export interface OwnState {
  /** Absent if it has nothing in an account, or the state of an old program does not tell. */
  account?: RecordedAccount;
  /** Stack that provided the environment at the last update; absent if this stack made it. */
  referenced?: string;
  stateBucket?: string;
  discoveryBucket?: string;
  /** ARN of the key made here. */
  keyArn?: string;
  /** Role that made the store. */
  storeRole?: string;
  storeExternalId?: string;
  /** Whether destroying the store deletes its contents. */
  purges: boolean;
  network?: { made: boolean; vpcId: string; cidr: string; subnets: OwnSubnet[]; ipv6Clusters?: boolean };
  zone?: { made: boolean; id: string; name: string; private?: boolean };
  /** VPCs of a zone made here, and whether the network's VPC has an association of its own. */
  zoneVpcs?: { ids: string[]; associated: boolean };
  /** Whether it has a domain but no hosted zone. */
  domainOnly: boolean;
  clusters: OwnCluster[];
  /** By the name of their resource. */
  tags: Record<string, OwnTag>;
}

/** Outputs of every resource of a stack by URN, as the engine returns them. */
export type ResourceOutputs = Readonly<Record<string, { type: string; outputs: PlainObject }>>;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const list = (value: unknown): PlainObject[] => (Array.isArray(value) ? value.filter(isPlainObject) : []);

/** An id: the AWS plugin's state has it as an output, or only at the end of the ARN. */
const idOf = ({ id, arn }: PlainObject): string | undefined => text(id) ?? text(arn)?.split("/").at(-1);

/** The role that a provider works as: the last of those that it assumes one after the other. */
function roleOf({ assumeRoles }: PlainObject): { storeRole?: string; storeExternalId?: string } {
  const roles: unknown = typeof assumeRoles === "string" ? JSON.parse(assumeRoles) : assumeRoles;
  const role = list(roles).at(-1);
  const [arn, externalId] = [text(role?.["roleArn"]), text(role?.["externalId"])];
  return {
    ...(arn !== undefined && { storeRole: arn }),
    ...(externalId !== undefined && { storeExternalId: externalId }),
  };
}

/**
 * The environment in the outputs of a stack's resources. `stack`: names of the environment's resources begin with it.
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
  const account = recordedAccount(resources);
  const network = networkIn(one, each, stack);
  const zone = zoneIn(one, stack);
  const zoneVpcs = list(one("aws:route53/zone:Zone", stack)?.["vpcs"]).flatMap(({ vpcId }) => text(vpcId) ?? []);
  const referenced =
    stateBucket === undefined && network === undefined
      ? referencedIn(all.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs["environment"])
      : undefined;
  return {
    ...(account && { account }),
    ...referenced,
    ...(stateBucket !== undefined && { stateBucket }),
    ...(discoveryBucket !== undefined && { discoveryBucket }),
    ...(keyArn !== undefined && { keyArn }),
    ...(provider && roleOf(provider)),
    purges:
      state?.["forceDestroy"] === true ||
      one("pulumi-nodejs:dynamic/store:BucketContents", `${stack}-state`)?.["onDestroy"] === "purge",
    ...(network && { network }),
    ...(zone && { zone }),
    ...(zone?.made === true && {
      zoneVpcs: {
        ids: zoneVpcs,
        associated: one("aws:route53/zoneAssociation:ZoneAssociation", `${stack}-vpc`) !== undefined,
      },
    }),
    domainOnly: zone === undefined && one("pilot:dns:Dns", stack)?.["zoneName"] !== undefined,
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

/** The environment that a stack of clusters used, from its own output. */
function referencedIn(
  environment: unknown,
): Pick<OwnState, "referenced" | "stateBucket" | "discoveryBucket" | "network" | "zone"> | undefined {
  const { success, data } = environmentReference.safeParse(environment);
  if (!success) return undefined;
  const { name, network, dns, stateStore } = data;
  return {
    referenced: name,
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
    ...(utilitySubnetId === undefined
      ? []
      : [{ kind: "utility" as const, zone, id: utilitySubnetId, cidr: utilityCidr ?? "" }]),
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
    const ipv6Clusters = one("pilot:network:Network", stack)?.["ipv6Clusters"] === true;
    return {
      made: true,
      vpcId: idOf(vpc) ?? "",
      cidr: text(vpc["cidrBlock"]) ?? "",
      subnets: made,
      ...(ipv6Clusters && { ipv6Clusters }),
    };
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
 * What the running stack has, from its own state. The engine returns it for any stack of the backend
 * (`readStackResourceOutputs` in pkg/resource/deploy/builtins.go): the state as last saved, also by a run that failed
 * halfway; nothing for a stack that was never brought up. Secrets arrive in clear and stay in this process.
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
