import * as pulumi from "@pulumi/pulumi";
import { isPlainObject } from "../merge.ts";

/** What the state of the running stack has of a resource: its outputs, by URN. */
export type OwnState = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Reads the running stack's own state, as it was before this run or as far as this run came. An engine's own function, for
 * which no plugin is needed; of a stack that has none yet, nothing.
 */
export async function readOwnState(stackName: string): Promise<OwnState> {
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as { outputs?: unknown };
  if (!isPlainObject(outputs)) return {};
  return Object.fromEntries(Object.entries(outputs).map(([urn, one]) => [urn, isPlainObject(one) && isPlainObject(one["outputs"]) ? one["outputs"] : {}]));
}

/** Full names of the clusters that a state has. */
export function clustersIn(state: OwnState): string[] {
  return Object.entries(state).flatMap(([urn, { name }]) => (urn.includes("pulumi-nodejs:dynamic/kops:Cluster::") && typeof name === "string" ? [name] : []));
}
