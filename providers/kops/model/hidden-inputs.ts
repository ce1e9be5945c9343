import { ConfigError } from "./errors.ts";
import type { Condition } from "./conditions.ts";

/**
 * Under this key `check` hands the engine, among the inputs, why an `up` would be refused. Not as failures of its own:
 * the engine ends a preview, and an `up` with `--continue-on-error` too, at the first resource whose check or diff
 * fails (deployment_executor.go and step_generator.go in pkg/resource/deploy), and one bad cluster would hide, or hold
 * up, all that come after it. So a preview shows all clusters, the refused one with its reasons, and fails in the end
 * (KopsCluster.ts); in an `up` only the create or update of the refused one fails, before it touches anything.
 */
export const refusedKey = "__refused";

function sentenceOf({ property, reason }: Failure): string {
  return property === "" ? reason : `${property} ${reason}`;
}

/** The reasons in lines, each with its property. */
export function refusalLines(refused: readonly Failure[]): string[] {
  return refused.map(sentenceOf);
}

/** The same, as a preview says it. */
export function refusedText(cluster: string, refused: readonly Failure[]): string {
  return `Cluster ${cluster} would be refused:\n  ${refusalLines(refused).join("\n  ")}`;
}

/** What check found, out of inputs it gave back. */
export function refusedIn(inputs: Readonly<Record<string, unknown>>): Failure[] {
  const found = inputs[refusedKey];
  return Array.isArray(found) ? (found as Failure[]) : [];
}

/** Ends a verb that check has refused, before it touches anything. */
export function failIfRefused(inputs: Readonly<Record<string, unknown>>): Promise<void> {
  const refused = refusedIn(inputs);
  if (refused.length === 0) return Promise.resolve();
  const { name } = inputs;
  return Promise.reject(
    new ConfigError({
      what: `Cluster ${typeof name === "string" ? name : "of this resource"} cannot be brought to what is asked for`,
      why: refusalLines(refused).join("\n  "),
      next:
        "correct the inputs, or let a refusal through as it says, and run `pulumi up` again; nothing of the " +
        "cluster was touched",
    }),
  );
}

/**
 * Under this key `check` hands what is known of the outputs to the engine, among the inputs. In a preview the engine
 * calls nothing of a dynamic provider to ask what an update would give: it takes the checked inputs for the outputs,
 * and whatever is not among them is unknown to all that depends on the cluster. Keys that begin with two underscores
 * are shown nowhere (IsInternalPropertyKey in the engine), so this is no noise in any diff.
 */
export const knownKey = "__known";

/**
 * Under this key a refresh that finds a cluster other than it should be keeps the conditions among the inputs, too:
 * `check` is given the old inputs and no old outputs, and must know of a repair to make its plan.
 */
export const seenKey = "__seen";

/**
 * The conditions that a refresh left in the inputs of a state; nothing when it found the cluster as it should be, or
 * there was none.
 */
export function seenIn(inputs: Readonly<Record<string, unknown>>): Condition[] | undefined {
  const seen = inputs[seenKey];
  return Array.isArray(seen) ? (seen as Condition[]) : undefined;
}

/** One problem of the inputs: where, and what. */
export interface Failure {
  property: string;
  reason: string;
}
