import { fieldsOf, itemsOf } from "../../model/spec.ts";
import { namesIn, writesRecords } from "../../model/places.ts";
import { hasUnknown, unknownValue } from "../../model/unknown.ts";
import { hasImage, roleOf } from "../../model/instance-groups.ts";
import { present } from "../rule.ts";
import { isPrefixList, rangeKeys } from "./prefix-lists.ts";

/** Kinds of AWS resources that a cluster refers to and does not make, by their names in messages. */
export const referenceKinds = {
  vpc: "VPC",
  subnet: "subnet",
  securityGroup: "security group",
  keyPair: "key pair",
  image: "image",
  instanceType: "instance type",
  instanceProfile: "instance profile",
  policy: "IAM policy",
  key: "KMS key",
  certificate: "certificate",
  targetGroup: "target group",
  loadBalancer: "classic load balancer",
  prefixList: "prefix list",
  allocation: "allocation",
  hostedZone: "hosted zone",
  natGateway: "NAT gateway",
  instance: "instance",
  transitGateway: "transit gateway",
  peering: "VPC peering connection",
  internetGateway: "internet gateway",
  egressOnlyGateway: "egress-only internet gateway",
} as const;
export type ReferenceKind = keyof typeof referenceKinds;

/** A resource that must exist in AWS, and the property that refers to it. */
export interface Reference {
  kind: ReferenceKind;
  /** Id, name or ARN, as kOps reads it. */
  id: string;
  property: string;
  /** The zones of an instance type's group, one of which must offer it; empty when they are not known. */
  zones?: string[];
  /** Whether each of the zones must offer it. */
  everyZone?: boolean;
  /** The machine types that nodes of its group can have. */
  types?: string[];
  /** The VPC that it must be in. */
  vpc?: string;
  /** The zone that it must be in. */
  zone?: string;
  /** The names of the records in a hosted zone that is given by its id. */
  names?: string[];
}

type Fields = Record<string, unknown>;

/** References at one property, a text or a list. Ignores what is unknown, empty or of another form. */
function at(kind: ReferenceKind, fields: Fields, key: string, path: string): Reference[] {
  const value = fields[key];
  const property = `${path}.${key}`;
  const texts = Array.isArray(value)
    ? value.map((one: unknown, index) => [one, `${property}[${index}]`] as const)
    : [[value, property] as const];
  return texts.flatMap(([id, where]) =>
    typeof id === "string" && id !== "" && id !== unknownValue ? [{ kind, id, property: where }] : [],
  );
}

function each(value: unknown, path: string, use: (fields: Fields, path: string) => Reference[]): Reference[] {
  return itemsOf(value).flatMap((one, index) => use(fieldsOf(one), `${path}[${index}]`));
}

/**
 * The hosted zone, with the names of its records if it is given by id; for a name the rule of dns-zone.ts checks them.
 */
function hostedZone(cluster: Fields, name: unknown): Reference[] {
  const writes = typeof name === "string" && name !== unknownValue && writesRecords(name, cluster);
  const names = writes ? [name, ...namesIn(cluster).map((one) => one.name)].filter((one) => !hasUnknown(one)) : [];
  return at("hostedZone", cluster, "dnsZone", "cluster").map((one) => (one.id.includes(".") ? one : { ...one, names }));
}

/** A known, non-empty text under a key of a reference. */
const known = <Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> =>
  typeof value === "string" && value !== "" && value !== unknownValue ? ({ [key]: value } as Record<Key, string>) : {};

/** Elastic IPs of the API's load balancer and of NAT gateways that kOps makes. */
function allocations(cluster: Fields): Reference[] {
  return [
    ...each(
      fieldsOf(fieldsOf(cluster["api"])["loadBalancer"])["subnets"],
      "cluster.api.loadBalancer.subnets",
      (one, path) => at("allocation", one, "allocationId", path),
    ),
    ...each(cluster["subnets"], "cluster.subnets", (subnet, path) =>
      at("allocation", subnet, "egress", path).filter(({ id }) => id.startsWith("eipalloc-")),
    ),
  ];
}

/** Targets of additional routes, by the prefix of their ids (awsValidateAdditionalRoutes in kOps). */
export const targetKinds = {
  nat: "natGateway",
  i: "instance",
  tgw: "transitGateway",
  pcx: "peering",
  igw: "internetGateway",
  eigw: "egressOnlyGateway",
} as const;

/** The kinds that `egress` takes besides allocations. */
const egressKinds: readonly ReferenceKind[] = ["natGateway", "instance", "transitGateway"];

/** What the routes of subnets lead to. */
function routeTargets(cluster: Fields): Reference[] {
  const target = (fields: Fields, key: string, path: string): Reference[] =>
    at("natGateway", fields, key, path).flatMap((one): Reference[] => {
      const prefix = one.id.split("-")[0] ?? "";
      const kind = prefix in targetKinds ? targetKinds[prefix as keyof typeof targetKinds] : undefined;
      return kind === undefined ? [] : [{ ...one, kind }];
    });
  return each(cluster["subnets"], "cluster.subnets", (subnet, path) => [
    ...target(subnet, "egress", path).filter(
      // kOps makes no route of a subnet that exists. Its gateway may belong to another account and not be visible here.
      ({ kind }) => egressKinds.includes(kind) && (kind !== "transitGateway" || present(subnet["id"]) === undefined),
    ),
    ...each(subnet["additionalRoutes"], `${path}.additionalRoutes`, (route, where) => target(route, "target", where)),
  ]);
}

function inCluster(cluster: Fields, name: unknown): Reference[] {
  const loadBalancer = fieldsOf(fieldsOf(cluster["api"])["loadBalancer"]);
  const lb = "cluster.api.loadBalancer";
  const policies = Object.keys(fieldsOf(cluster["externalPolicies"])).flatMap((role) =>
    at("policy", fieldsOf(cluster["externalPolicies"]), role, "cluster.externalPolicies"),
  );
  const bastion = fieldsOf(fieldsOf(fieldsOf(cluster["topology"])["bastion"])["loadBalancer"]);
  const iam = fieldsOf(cluster["iam"]);
  return [
    ...at("vpc", cluster, "networkID", "cluster"),
    ...each(cluster["subnets"], "cluster.subnets", (subnet, path) =>
      at("subnet", subnet, "id", path).map((one) => ({
        ...one,
        ...known("vpc", cluster["networkID"]),
        ...known("zone", subnet["zone"]),
      })),
    ),
    ...rangeKeys.flatMap((key) => at("prefixList", cluster, key, "cluster").filter(({ id }) => isPrefixList(id))),
    ...allocations(cluster),
    ...routeTargets(cluster),
    ...at("securityGroup", loadBalancer, "additionalSecurityGroups", lb),
    ...at("securityGroup", loadBalancer, "securityGroupOverride", lb),
    ...at("certificate", loadBalancer, "sslCertificate", lb),
    ...at("securityGroup", bastion, "additionalSecurityGroups", "cluster.topology.bastion.loadBalancer"),
    ...hostedZone(cluster, name),
    ...at("keyPair", cluster, "sshKeyName", "cluster"),
    ...policies,
    ...at("policy", iam, "permissionsBoundary", "cluster.iam"),
    ...each(iam["serviceAccountExternalPermissions"], "cluster.iam.serviceAccountExternalPermissions", (one, path) =>
      at("policy", fieldsOf(one["aws"]), "policyARNs", `${path}.aws`),
    ),
    ...each(cluster["etcdClusters"], "cluster.etcdClusters", (etcd, path) =>
      each(etcd["etcdMembers"], `${path}.etcdMembers`, (member, where) => at("key", member, "kmsKeyId", where)),
    ),
  ];
}

/** The zones of the subnets of a group; empty when any of them is not known. */
function zonesOf(group: Fields, cluster: Fields): string[] {
  const zones = new Map(
    itemsOf(cluster["subnets"]).map((subnet) => [fieldsOf(subnet)["name"], fieldsOf(subnet)["zone"]]),
  );
  const found = itemsOf(group["subnets"]).map((name) => zones.get(name));
  return found.every((zone): zone is string => typeof zone === "string" && zone !== unknownValue)
    ? [...new Set(found)].sort()
    : [];
}

const instanceType = /^[a-z0-9-]+\.[a-z0-9-]+$/;

/** The machine types at one property. kOps splits them at commas. */
function machineTypesAt(fields: Fields, key: string, path: string): Reference[] {
  return at("instanceType", fields, key, path).flatMap((one) =>
    one.id
      .split(",")
      .filter((id) => instanceType.test(id))
      .map((id) => ({ ...one, id })),
  );
}

function inGroup(group: Fields, path: string, cluster: Fields): Reference[] {
  const zones = zonesOf(group, cluster);
  const mixed = fieldsOf(group["mixedInstancesPolicy"]);
  const own = machineTypesAt(group, "machineType", path);
  const more = machineTypesAt(mixed, "instances", `${path}.mixedInstancesPolicy`);
  // In a mixed group the launch template's own type counts only for the image that kOps chooses.
  const types = [...new Set((more.length > 0 ? more : own).map(({ id }) => id))].sort();
  const everyZone = roleOf(group) === "ControlPlane";
  return [
    ...[...own, ...more].map((one) => ({ ...one, zones, types, everyZone })),
    ...(hasImage(group) ? at("image", group, "image", path) : []).map((one) => ({ ...one, types })),
    ...at("securityGroup", group, "additionalSecurityGroups", path),
    ...at("securityGroup", group, "securityGroupOverride", path),
    ...at("instanceProfile", fieldsOf(group["iam"]), "profile", `${path}.iam`),
    ...at("key", group, "rootVolumeEncryptionKey", path),
    ...each(group["volumes"], `${path}.volumes`, (volume, where) => at("key", volume, "key", where)),
    ...each(group["externalLoadBalancers"], `${path}.externalLoadBalancers`, (one, where) => [
      ...at("loadBalancer", one, "loadBalancerName", where),
      ...at("targetGroup", one, "targetGroupArn", where).map((found) => ({
        ...found,
        ...known("vpc", cluster["networkID"]),
      })),
    ]),
  ];
}

/** All AWS resources that the inputs refer to. Any part of the inputs may be malformed or unknown. */
export function referencesOf(inputs: Fields): Reference[] {
  const cluster = fieldsOf(inputs["cluster"]);
  const groups = Object.entries(fieldsOf(inputs["instanceGroups"]));
  return [
    ...inCluster(cluster, inputs["name"]),
    ...groups.flatMap(([name, group]) => inGroup(fieldsOf(group), `instanceGroups.${name}`, cluster)),
  ];
}

/** Everything that decides about a reference; where it stands does not. */
const keyOf = (one: Reference): string => JSON.stringify({ ...one, property: "" });

/** The references that are new since the last run: the others were looked up then, and kOps has used them since. */
export function newReferences(old: Fields | undefined, desired: Fields): Reference[] {
  const known = new Set(referencesOf(old ?? {}).map(keyOf));
  return referencesOf(desired).filter((one) => !known.has(keyOf(one)));
}
