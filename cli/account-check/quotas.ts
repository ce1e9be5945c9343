import type { Finding } from "./finding.ts";
import type { Counts, Machines, Needs } from "./needs.ts";

/** A quota of AWS, by Service Quotas. */
export interface Quota {
  /** As people call it. */
  what: string;
  serviceCode: string;
  quotaCode: string;
}

const quota = (what: string, serviceCode: string, quotaCode: string): Quota => ({ what, serviceCode, quotaCode });

/** Quotas of a region. Roles and instance profiles are not here: IAM tells their quotas with their number. */
export const countQuotas = {
  vpcs: quota("VPCs", "vpc", "L-F678F1CE"),
  internetGateways: quota("internet gateways", "vpc", "L-A4707A72"),
  egressOnlyGateways: quota("egress-only internet gateways", "vpc", "L-45FE3B85"),
  addresses: quota("Elastic IP addresses", "ec2", "L-0263D0A3"),
  networkLoadBalancers: quota("network load balancers", "elasticloadbalancing", "L-69A177A2"),
  classicLoadBalancers: quota("classic load balancers", "elasticloadbalancing", "L-E9E9831D"),
} as const satisfies Partial<Record<keyof Counts, Quota>>;

/** Quotas of the account, in all regions. */
export const accountQuotas = {
  roles: quota("IAM roles", "iam", "L-FE177D64"),
  instanceProfiles: quota("instance profiles", "iam", "L-6E65F664"),
} as const satisfies Partial<Record<keyof Counts, Quota>>;

/** Of each zone. */
export const natGatewayQuota = quota("NAT gateways", "vpc", "L-FE5A380F");

/**
 * Quotas of vCPUs of running instances, by families of instance types ("Amazon EC2 On-Demand Instances" and "Spot
 * Instance quotas" of the EC2 User Guide). AWS has none for high-memory and HPC instances on spot.
 */
const families: readonly { name: string; of: RegExp; onDemand: string; spot?: string }[] = [
  { name: "DL", of: /^dl\d/, onDemand: "L-6E869C2A", spot: "L-85EED4F7" },
  { name: "F", of: /^f\d/, onDemand: "L-74FC7D96", spot: "L-88CF9481" },
  { name: "G and VT", of: /^(g\d|gr\d|vt\d)/, onDemand: "L-DB2E81BA", spot: "L-3819A6DF" },
  { name: "high-memory", of: /^u-?\d/, onDemand: "L-43DA4232" },
  { name: "HPC", of: /^hpc\d/, onDemand: "L-F7808C92" },
  { name: "Inf", of: /^inf\d/, onDemand: "L-1945791B", spot: "L-B5D1601B" },
  { name: "P", of: /^p\d/, onDemand: "L-417A185B", spot: "L-7212CCBC" },
  { name: "Trn", of: /^trn\d/, onDemand: "L-2C3B7624", spot: "L-6B0D517C" },
  { name: "X", of: /^x\d/, onDemand: "L-7295265B", spot: "L-E3A00192" },
  {
    name: "standard (A, C, D, H, I, M, R, T, Z)",
    of: /^(is|im|[acdhimrtz])\d/,
    onDemand: "L-1216C47A",
    spot: "L-34B43A08",
  },
];

/** The quota that counts an instance's vCPUs; undefined for a type that has no such quota, such as mac2. */
export function vcpuQuota(type: string, market: Machines["market"]): Quota | undefined {
  const family = families.find(({ of }) => of.test(type));
  const code = market === "spot" ? family?.spot : family?.onDemand;
  return family && code !== undefined ? quota(`vCPUs of ${market} ${family.name} instances`, "ec2", code) : undefined;
}

/** What is needed at the start, and at most: with all groups at their largest while each cluster rolls. */
export interface Demand {
  start: number;
  most: number;
}

/** A demand for vCPUs, by its quota. */
export interface VcpuDemand extends Demand {
  quota: Quota;
  /** Of `most`, the part of rolls. */
  surge: number;
}

/**
 * The vCPUs that a stack needs, by quota. Of several types that a group may have, the largest counts. `vcpusOf`: by
 * type, as EC2 tells. Types that are missing there are left out; the check of types names them.
 */
export function vcpuDemands({ machines }: Pick<Needs, "machines">, vcpusOf: ReadonlyMap<string, number>): VcpuDemand[] {
  const found = new Map<string, VcpuDemand & { surges: Map<string, number> }>();
  for (const { cluster, types, market, start, most, surge } of machines) {
    const byCode = new Map<string, { quota: Quota; vcpus: number }>();
    for (const type of types) {
      const of = vcpuQuota(type, market);
      const vcpus = vcpusOf.get(type);
      if (of && vcpus !== undefined)
        byCode.set(of.quotaCode, { quota: of, vcpus: Math.max(vcpus, byCode.get(of.quotaCode)?.vcpus ?? 0) });
    }
    for (const { quota: of, vcpus } of byCode.values()) {
      const there = found.get(of.quotaCode) ?? {
        quota: of,
        start: 0,
        most: 0,
        surge: 0,
        surges: new Map<string, number>(),
      };
      there.start += start * vcpus;
      there.most += most * vcpus;
      there.surges.set(cluster, Math.max(surge * vcpus, there.surges.get(cluster) ?? 0));
      found.set(of.quotaCode, there);
    }
  }
  return [...found.values()].map(({ surges, most, ...rest }) => {
    const surge = [...surges.values()].reduce((sum, one) => sum + one, 0);
    return { ...rest, most: most + surge, surge };
  });
}

const increase = ({ serviceCode, quotaCode }: Quota, value: number, region: string): string =>
  `aws service-quotas request-service-quota-increase --service-code ${serviceCode} --quota-code ${quotaCode} ` +
  `--desired-value ${value} --region ${region}`;

/** Where Service Quotas keeps the quotas of IAM. */
const iamRegion = "us-east-1";

/**
 * Compares a demand with what is free. `used`: by anything but this stack. `value` is undefined if AWS has no such
 * quota in this region.
 */
export function quotaFinding(
  of: Quota,
  { start, most }: Demand,
  { used, value, region, where = "" }: { used: number; value: number | undefined; region: string; where?: string },
): Finding {
  const check = `${of.what}${where}`;
  const codes = { quota: { serviceCode: of.serviceCode, quotaCode: of.quotaCode } };
  if (value === undefined)
    return {
      check,
      status: "not known",
      text: `needs ${start}, ${used} in use, and Service Quotas has no such quota in ${region}`,
      ...codes,
    };
  const needs = most > start ? `needs ${start}, up to ${most} when groups grow and roll` : `needs ${start}`;
  const text = `${needs}; ${used} of ${value} in use`;
  if (used + most <= value) return { check, status: "ok", text, ...codes };
  const next = increase(of, used + most, of.serviceCode === "iam" ? iamRegion : region);
  return { check, status: used + start > value ? "failed" : "warning", text, next, ...codes };
}
