import type { types } from "@pulumi/kubernetes";
import { owned, type Metadata } from "./owned.ts";
import { accessRoles, type NamespaceRequest, type TenantRequest } from "./request.ts";

const tenantLabel = "pilot/tenant";

/** The Kubernetes group of a team's IAM roles. */
const iamGroup = (tenant: string, role: string): string => `pilot:${tenant}:${role}`;

export function namespaceMetadata(
  tenant: string,
  name: string,
  { podSecurity, labels, annotations }: NamespaceRequest,
): Metadata {
  return owned({
    name,
    labels: {
      ...labels,
      [tenantLabel]: tenant,
      "pod-security.kubernetes.io/enforce": podSecurity,
      "pod-security.kubernetes.io/warn": podSecurity,
    },
    ...(annotations && { annotations }),
  });
}

export function limitRangeSpec({ containerDefaults: { requests, limits } }: NamespaceRequest): {
  limits: { type: string; default: Record<string, string>; defaultRequest: Record<string, string> }[];
} {
  return { limits: [{ type: "Container", default: present(limits), defaultRequest: present(requests) }] };
}

/**
 * The address of NodeLocal DNSCache, the same in every cluster that has it
 * (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/), another one with IPv6
 * (pkg/model/components/kubedns.go of kOps).
 */
const nodeLocalDns = (ipv6: boolean): string => (ipv6 ? "fd00:90de:d95::1/128" : "169.254.20.10/32");

/** No connections in or out for any pod, except DNS: even allowed connections need names. */
export function isolationSpec(ipv6: boolean): types.input.networking.v1.NetworkPolicySpec {
  const dns = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 }));
  return {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
          { ipBlock: { cidr: nodeLocalDns(ipv6) } },
        ],
        ports: dns,
      },
    ],
  };
}

export interface Binding {
  /** Kubernetes's own ClusterRole of this name, in one namespace. */
  role: (typeof accessRoles)[number];
  groups: readonly string[];
}

/** Groups by role; IAM roles have a group of their own. */
export function bindingsOf(tenant: string, { access }: TenantRequest): Binding[] {
  return accessRoles.flatMap((role) => {
    const { groups = [], iamRoles = [] } = access[role] ?? {};
    const all = [...groups, ...(iamRoles.length > 0 ? [iamGroup(tenant, role)] : [])];
    return all.length === 0 ? [] : [{ role, groups: all }];
  });
}

export interface IdentityMapping {
  /** Name of the object: one for each IAM role. */
  name: string;
  arn: string;
  username: string;
  groups: string[];
}

/** One mapping per IAM role, with all its groups: aws-iam-authenticator uses only one mapping of an ARN. */
export function identityMappings(tenants: Readonly<Record<string, TenantRequest>>): IdentityMapping[] {
  const groups = new Map<string, string[]>();
  for (const [tenant, { access }] of Object.entries(tenants)) {
    for (const role of accessRoles) {
      for (const arn of access[role]?.iamRoles ?? [])
        groups.set(arn, [...(groups.get(arn) ?? []), iamGroup(tenant, role)]);
    }
  }
  return [...groups].map(([arn, all]) => {
    const [, , , , account = "", path = ""] = arn.split(":");
    const role = path.replace(/^role\//, "");
    return {
      name: `pilot-${account}-${role
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "")}`,
      arn,
      // The session name tells people who share a role apart.
      username: `${role}:{{SessionName}}`,
      groups: [...new Set(all)],
    };
  });
}

function present(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
