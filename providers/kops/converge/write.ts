import { groupsWithoutImage, knownImages, takesNewImages } from "../plan/images.ts";
import { planFor } from "../plan/preview.ts";
import { replaceManifests } from "../run/replace.ts";
import type { Operating } from "../run/session.ts";
import { canonicalJson, desiredSpec, manifestOf, withAssignments, withImages } from "../spec.ts";
import { archiveManifests } from "../store/archive.ts";
import { liveCluster, manifestEtags } from "../store/manifests.ts";

/** Images for the groups that name none: those they have, for new groups those of the plan. */
async function imagesFor(desk: Operating["desk"]): Promise<Record<string, string>> {
  const { inputs, store } = desk;
  const nameless = groupsWithoutImage(inputs.instanceGroups);
  if (nameless.length === 0) return {};
  const known = await knownImages(store, inputs);
  if (!takesNewImages(inputs) && nameless.every((group) => group in known)) return known;
  const { plan } = await planFor(desk);
  return { ...known, ...plan.images };
}

/**
 * Writes the wanted manifests, unless they lie in the store as this program wrote them; what is written over is archived.
 * Groups that leave stay there until they are drained.
 */
export async function writeManifests(operating: Operating, leaves: readonly string[]): Promise<void> {
  const { desk, journal } = operating;
  const { inputs, store } = desk;
  const before = await manifestEtags(store, inputs.name);
  const renews = takesNewImages(inputs) && groupsWithoutImage(inputs.instanceGroups).length > 0;
  const unchanged = !renews && journal.written?.digest === operating.digest && canonicalJson(before) === canonicalJson(journal.written.etags);
  if (unchanged) return;
  if (Object.keys(before).length > 0) await archiveManifests(desk, Object.keys(before));
  const spec = withImages(desiredSpec(inputs), await imagesFor(desk));
  const live = await liveCluster(store, inputs.name);
  await replaceManifests(desk, manifestOf(withAssignments(spec, live?.spec), live?.metadata));
  journal.written = { digest: operating.digest, etags: await manifestEtags(store, inputs.name) };
  journal.instanceGroups = [...new Set([...Object.keys(inputs.instanceGroups), ...leaves])].sort();
}
