import type { Issue } from "../config/problems.ts";
import { accessRoles, type PlatformRequest, type TenantsRequest } from "./request.ts";

/** Namespaces that Kubernetes and its add-ons live in. */
const isReserved = (namespace: string): boolean => namespace === "default" || namespace.startsWith("kube-");

const reservedPriority = (name: string): boolean => name.startsWith("system-");

/** What of the app teams only shows together: whose namespace is whose, and that nobody gets the cluster itself. */
export function tenantProblems(tenants: TenantsRequest): Issue[] {
  const owners = new Map<string, string>();
  const problems: Issue[] = [];
  for (const [name, { namespaces, access }] of Object.entries(tenants)) {
    for (const namespace of Object.keys(namespaces)) {
      const path = [name, "namespaces", namespace];
      const owner = owners.get(namespace);
      if (isReserved(namespace))
        problems.push({ path, message: `${namespace} is Kubernetes's own namespace: no team's` });
      else if (owner !== undefined) problems.push({ path, message: `${namespace} is already a namespace of ${owner}` });
      else owners.set(namespace, name);
    }
    for (const role of accessRoles) {
      for (const [index, group] of (access[role]?.groups ?? []).entries()) {
        if (group.startsWith("system:"))
          problems.push({
            path: [name, "access", role, "groups", index],
            message:
              `${group} is a group of Kubernetes itself: everybody, or every service account, or who may do ` +
              "everything",
          });
      }
    }
  }
  return problems;
}

export function platformProblems({ priorityClasses, charts }: PlatformRequest): Issue[] {
  const problems: Issue[] = Object.keys(priorityClasses)
    .filter(reservedPriority)
    .map((name) => ({
      path: ["priorityClasses", name],
      message: "names that begin with system- are Kubernetes's own",
    }));
  const defaults = Object.entries(priorityClasses).filter(([, { globalDefault }]) => globalDefault);
  for (const [name] of defaults.slice(1))
    problems.push({
      path: ["priorityClasses", name, "globalDefault"],
      message: `is true of ${defaults[0]?.[0] ?? ""}, too: there can be one`,
    });
  for (const [name, { chart, repository }] of Object.entries(charts)) {
    if (repository !== undefined && /^(oci:|\.\/)/.test(chart))
      problems.push({
        path: ["charts", name, "repository"],
        message: `is given, and ${chart} says itself where the chart is`,
      });
  }
  return problems;
}
