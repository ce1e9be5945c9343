import { pathIn } from "./unknown.ts";
import { ConfigError } from "./errors.ts";
import type { Condition } from "./conditions.ts";
import { withoutTags } from "./pulumi-colors.ts";

/**
 * Under this key of the inputs `check` tells the engine why an `up` would be refused. It returns no failures, because
 * at the first failed check or diff the engine ends a preview, and an `up` with `--continue-on-error` too
 * (deployment_executor.go and step_generator.go in pkg/resource/deploy): one bad cluster would hide or block the rest.
 * Instead a preview shows all clusters, the refused one with its reasons, and then fails (KopsCluster.ts). In an `up`
 * only the create or update of the refused cluster fails, before it changes anything.
 */
export const refusedKey = "__refused";

function sentenceOf({ property, reason }: Failure): string {
  return property === "" ? reason : `${property} ${reason}`;
}

/** One line per reason, with its property. */
export function refusalLines(refused: readonly Failure[]): string[] {
  return refused.map((one) => withoutTags(sentenceOf(one)));
}

/** Where people wrote a property: `clusters/sbx/k1.yaml:12`. Undefined if they did not write it. */
export type Locate = (path: readonly PropertyKey[]) => string | undefined;

/** The place of a property, or of what is around it: a missing field is written nowhere. */
function placeOf(property: string, locate: Locate): string | undefined {
  const path = pathIn(property);
  if (path.length === 0) return undefined;
  let place = locate(path);
  while (place === undefined && path.length > 2) {
    path.pop();
    place = locate(path);
  }
  return place;
}

/** The same as a preview shows it, with file and line where they are known. */
export function refusedText(cluster: string, refused: readonly Failure[], locate?: Locate): string {
  const lines = refused.map((one) => {
    const place = locate && placeOf(one.property, locate);
    return `${place === undefined ? "" : `${place}: `}${sentenceOf(one)}`;
  });
  return `Cluster ${cluster} would be refused:\n  ${lines.join("\n  ")}`;
}

/** The reasons that `check` put among the inputs. */
export function refusedIn(inputs: Readonly<Record<string, unknown>>): Failure[] {
  const found = inputs[refusedKey];
  return Array.isArray(found) ? (found as Failure[]) : [];
}

/** Throws {@link ConfigError} if `check` has refused the inputs, before the operation changes anything. */
export function failIfRefused(inputs: Readonly<Record<string, unknown>>): Promise<void> {
  const refused = refusedIn(inputs);
  if (refused.length === 0) return Promise.resolve();
  const { name } = inputs;
  return Promise.reject(
    new ConfigError({
      what: `Cluster ${typeof name === "string" ? name : "of this resource"} cannot be brought to its desired spec`,
      why: refusalLines(refused).join("\n  "),
      next:
        "correct the inputs, or allow a refusal as it says, and run `pulumi up` again; nothing of the " +
        "cluster was touched",
    }),
  );
}

/**
 * Under this key of the inputs `check` tells the engine the outputs that are already known. In a preview the engine
 * does not ask a dynamic provider for the outputs of an update. It takes the checked inputs for the outputs, and all
 * else is unknown to whatever depends on the cluster. The engine shows no key that begins with two underscores
 * (IsInternalPropertyKey), so diffs stay clean.
 */
export const knownKey = "__known";

/**
 * Under this key of the inputs a refresh that finds drift keeps the conditions. `check` gets the old inputs but not the
 * old outputs, and must know of a repair to plan it.
 */
export const seenKey = "__seen";

/** The conditions that a refresh left among the inputs. Undefined without drift, or without a refresh. */
export function seenIn(inputs: Readonly<Record<string, unknown>>): Condition[] | undefined {
  const seen = inputs[seenKey];
  return Array.isArray(seen) ? (seen as Condition[]) : undefined;
}

/** One problem of the inputs: the property and the reason. */
export interface Failure {
  property: string;
  reason: string;
}
