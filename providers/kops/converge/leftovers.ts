import { ConfigError } from "../model/errors.ts";
import type { OperationContext } from "../operation/context.ts";
import { observeVersions } from "../plan/waiting-nodes.ts";
import { pilotKeysOf } from "../store/keys.ts";

/**
 * A cluster whose folder was removed from the store by hand looks new, while its machines run on. Made anew, it would
 * have other keys: its nodes would trust nothing that they are told, and its etcd volumes would be taken by strangers.
 */
export async function refuseLeftovers({ inputs, store }: Pick<OperationContext, "inputs" | "store">): Promise<void> {
  const groups = await observeVersions(inputs);
  if (groups.length === 0) return;
  throw new ConfigError({
    what:
      `Cluster ${inputs.name} is not in ${store.url}, but the cloud runs it: ` +
      groups.map(({ name }) => name).join(", "),
    why: "its manifests and keys are gone from the store, and a new cluster would have other keys",
    next:
      `restore ${store.url}/${inputs.name}/ from earlier versions of its objects, or from ` +
      `${pilotKeysOf(inputs.name).archive}/, and run \`pulumi up\` again; or delete what is left in the cloud`,
  });
}
