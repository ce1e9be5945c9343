import { archiveManifests } from "./archive.ts";
import { KopsError } from "./errors.ts";
import type { KopsClusterInputs } from "./inputs.ts";
import { kopsKeysOf, placesOf } from "./places.ts";
import { manifestEtags, operate } from "./session.ts";
import { followApply } from "./watch.ts";

/**
 * Deletes the cluster with kOps: instances, groups, load balancers, roles, records, and its folder in the store. What is
 * shared (network, subnets, zone) stays. The manifests are archived first, for kOps removes them. A cluster that is
 * not there is deleted. The journal and the lock go last.
 */
export async function deleteCluster(inputs: KopsClusterInputs, signal: AbortSignal): Promise<void> {
  await operate(inputs, "delete", signal, async (operating) => {
    const { store, kops, progress, log } = operating.desk;
    const etags = await manifestEtags(store, inputs.name);
    if (kopsKeysOf(inputs.name).config in etags) {
      await operating.step("Archived", async () => {
        await archiveManifests(operating.desk, Object.keys(etags), "-deleted");
        return [];
      });
      await operating.step("Deleted", async () => {
        progress.say("deleting the cluster's cloud resources");
        await kops.run({ args: ["delete", "cluster", "--name", inputs.name, "--yes"], onLine: followApply(progress) });
        return [];
      });
      if (kopsKeysOf(inputs.name).config in (await manifestEtags(store, inputs.name))) {
        throw new KopsError({
          what: `Cluster ${inputs.name} is still in ${inputs.stateStore}`,
          why: "kops delete cluster ended well but left the cluster's manifest",
          next: `see ${log.path} and run the same command again`,
        });
      }
    }
    await store.delete(placesOf(inputs.name).pause);
    await store.delete(placesOf(inputs.name).journal);
    progress.say("the cluster is deleted");
  });
}
