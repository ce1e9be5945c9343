import { readFileSync } from "node:fs";
import { join } from "node:path";
import { breakGlassPolicy, operatorPolicy, type Policy } from "../state-store/policies.ts";
import { fill, type PolicyValues } from "./fill.ts";

/** The files of `policies/`. */
export const policyNames = [
  "reads",
  "preview",
  "clusters",
  "node-roles",
  "store",
  "network",
  "guard",
  "buckets",
  "pipeline",
  "boundary",
] as const;
export type PolicyName = (typeof policyNames)[number];

/** Roles by whom somebody runs this program, and the policies that each has. */
export const rolePolicies = {
  /** `pulumi preview`, of pull requests too: writes nothing. */
  preview: ["reads", "preview"],
  /** `npx pilot destroy-plan`. */
  "destroy-plan": ["reads", "preview"],
  /** `pulumi up` and `refresh` of a stack that makes an environment, once that is there. */
  up: ["reads", "clusters", "node-roles", "store", "network", "guard"],
  /** The same of a stack of clusters. */
  "up-clusters": ["reads", "clusters", "node-roles", "store", "guard"],
  /** Whoever makes and destroys an environment and its pipeline, or changes settings of its store. */
  owner: ["reads", "clusters", "node-roles", "store", "network", "buckets", "pipeline"],
  /** The role of `pilot:stateStore.role`, in a central account. */
  "store-owner": ["buckets"],
} as const satisfies Record<string, readonly PolicyName[]>;
export type RoleName = keyof typeof rolePolicies;

/** Roles for people, which a stack makes on request. */
export const peoplesRoles = ["destroy-plan", "operator", "break-glass", "owner", "store-owner"] as const;
export type PeoplesRole = (typeof peoplesRoles)[number];

/** The only policy of roles that look into the store. */
export const storePolicies = { operator: operatorPolicy, "break-glass": breakGlassPolicy };

/** The JSON of a policy, with `${…}` for what differs by environment. */
export function readPolicy(name: PolicyName): Policy {
  return JSON.parse(readFileSync(join(import.meta.dirname, "policies", `${name}.json`), "utf8")) as Policy;
}

/** Policies of a role in one environment, by name; without those that have no statement there. */
export function policiesOf(role: RoleName, values: PolicyValues): Partial<Record<PolicyName, Policy>> {
  const all = rolePolicies[role].map((name) => [name, fill(readPolicy(name), values)] as const);
  return Object.fromEntries(all.filter(([, { Statement }]) => Statement.length > 0));
}
