import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { OwnCluster, OwnState } from "./own-state.ts";

/**
 * Clusters of the state that are protected from deletion, and that no file asks for any more. `asked`: names of the
 * resources.
 */
export function protectedRemovals({ clusters }: Pick<OwnState, "clusters">, asked: readonly string[]): OwnCluster[] {
  return clusters.filter(({ resource, state }) => state["deletionProtection"] === true && !asked.includes(resource));
}

/**
 * Stops an `up` before its first resource when its last ones would be refused: Pulumi deletes at the end, so a renamed
 * cluster would first be made a second time, under its new name. In a preview Pulumi itself refuses, when all plans are
 * shown.
 */
export function refuseProtectedRemovals(
  stack: string,
  had: Pick<OwnState, "clusters">,
  asked: readonly string[],
): void {
  const removed = protectedRemovals(had, asked);
  if (removed.length === 0) return;
  throw new ConfigError({
    what: `Clusters of the stack ${stack} cannot be deleted: they are protected (nothing was changed)`,
    why: removed
      .map(({ name }) => `${name}: no file asks for it any more, and its deletionProtection is on`)
      .join("\n  "),
    next:
      "put the file back (another name is another cluster: it needs a file of its own), or first run `pulumi up` " +
      "with deletionProtection: false in it, then take it out",
  });
}
