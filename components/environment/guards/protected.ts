import { ConfigError } from "../../../providers/kops/model/errors.ts";
import type { OwnCluster, OwnState } from "./own-state.ts";

/** Protected clusters in the state that no file asks for any more. `asked`: names of their resources. */
function protectedRemovals({ clusters }: Pick<OwnState, "clusters">, asked: readonly string[]): OwnCluster[] {
  return clusters.filter(({ resource, state }) => state["deletionProtection"] === true && !asked.includes(resource));
}

/**
 * Fails an `up` before its first resource if its deletions would be refused. Pulumi deletes at the end, so a renamed
 * cluster would first be created again under its new name. In a preview the provider refuses, after all plans are
 * shown.
 */
export function refuseProtectedRemovals(
  stack: string,
  current: Pick<OwnState, "clusters">,
  asked: readonly string[],
): void {
  const removed = protectedRemovals(current, asked);
  if (removed.length === 0) return;
  throw new ConfigError({
    what: `Clusters of the stack ${stack} cannot be deleted: they are protected (nothing was changed)`,
    why: removed
      .map(({ name }) => `${name}: no file asks for it any more, and its deletionProtection is on`)
      .join("\n  "),
    next:
      "put the file back (another name is another cluster: it needs a file of its own), or first run `pulumi up` " +
      "with deletionProtection: false in it, then remove it",
  });
}
