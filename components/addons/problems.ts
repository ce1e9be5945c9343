import type { Issue } from "../config/problems.ts";
import { accessRoles, type PlatformRequest, type TenantsRequest } from "./request.ts";
import { identityMappings } from "./tenant-objects.ts";

/** Namespaces of Kubernetes and its add-ons. */
const isReserved = (namespace: string): boolean => namespace === "default" || namespace.startsWith("kube-");

const reservedPriority = (name: string): boolean => name.startsWith("system-");

/** IAM roles whose mappings would have one name: `Shop.Admin` and `shop-admin`, as their objects cannot have both. */
function mappingProblems(tenants: TenantsRequest): Issue[] {
  const mappings = identityMappings(tenants);
  const first = new Map(mappings.toReversed().map(({ name, arn }) => [name, arn]));
  const nameOf = new Map(mappings.map(({ name, arn }) => [arn, name]));
  return Object.entries(tenants).flatMap(([tenant, { access }]) =>
    accessRoles.flatMap((role) =>
      (access[role]?.iamRoles ?? []).flatMap((arn, index): Issue[] => {
        const name = nameOf.get(arn) ?? "";
        const other = first.get(name);
        if (other === arn) return [];
        const message = `${arn} would have the same IAMIdentityMapping, ${name}, as ${other ?? ""}: rename one of the roles`;
        return [{ path: [tenant, "access", role, "iamRoles", index], message }];
      }),
    ),
  );
}

/** Checks across app teams: each namespace has one owner, and nobody gets rights on the cluster itself. */
export function tenantProblems(tenants: TenantsRequest): Issue[] {
  const owners = new Map<string, string>();
  const problems: Issue[] = [];
  for (const [name, { namespaces, access }] of Object.entries(tenants)) {
    for (const namespace of Object.keys(namespaces)) {
      const path = [name, "namespaces", namespace];
      const owner = owners.get(namespace);
      if (isReserved(namespace))
        problems.push({ path, message: `${namespace} is a namespace of Kubernetes: a team cannot have it` });
      else if (owner !== undefined) problems.push({ path, message: `${namespace} is already a namespace of ${owner}` });
      else owners.set(namespace, name);
    }
    for (const role of accessRoles) {
      for (const [index, group] of (access[role]?.groups ?? []).entries()) {
        if (group.startsWith("system:"))
          problems.push({
            path: [name, "access", role, "groups", index],
            message:
              `${group} is a group of Kubernetes itself, such as all users, all service accounts or all ` +
              "administrators",
          });
      }
    }
  }
  return [...problems, ...mappingProblems(tenants)];
}

/**
 * What is made in every cluster by its name there, by kind. Among the resources it is named after the cluster, too:
 * `prod-eu-shop` is `shop` of prod-eu, or `eu-shop` of prod.
 */
export function objectsInClusters(
  { storageClass, priorityClasses, charts }: PlatformRequest,
  tenants: TenantsRequest,
): Record<string, string[]> {
  return {
    namespace: Object.values(tenants).flatMap(({ namespaces }) => Object.keys(namespaces)),
    "priority class": Object.keys(priorityClasses),
    chart: Object.keys(charts),
    "storage class": storageClass ? [storageClass.name] : [],
    "IAM role's mapping": identityMappings(tenants).map(({ name }) => name),
  };
}

export function platformProblems({ priorityClasses, charts }: PlatformRequest): Issue[] {
  const problems: Issue[] = Object.keys(priorityClasses)
    .filter(reservedPriority)
    .map((name) => ({
      path: ["priorityClasses", name],
      message: "names that begin with system- are reserved for Kubernetes",
    }));
  const defaults = Object.entries(priorityClasses).filter(([, { globalDefault }]) => globalDefault);
  for (const [name] of defaults.slice(1))
    problems.push({
      path: ["priorityClasses", name, "globalDefault"],
      message: `is also true for ${defaults[0]?.[0] ?? ""}: only one class can be the default`,
    });
  for (const [name, { chart, repository }] of Object.entries(charts)) {
    if (repository !== undefined && /^(oci:|\.\/)/.test(chart))
      problems.push({
        path: ["charts", name, "repository"],
        message: `cannot be given: ${chart} already tells where the chart is`,
      });
  }
  return problems;
}
