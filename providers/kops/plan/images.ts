import { latestTemplate } from "../aws/cluster-groups.ts";
import type { KopsClusterInputs } from "../inputs.ts";
import { liveGroupSpec } from "../store/manifests.ts";
import { cloudNameOf } from "./plan.ts";
import { hasImage } from "../spec.ts";
import type { ObjectStore } from "../store/store.ts";

type Groups = KopsClusterInputs["instanceGroups"];

/*
 * Left alone, kOps takes the channel's image of the day at every update of a group that names none
 * (PopulateInstanceGroupSpec): a roll without a change of anybody's. So such a group gets what kOps chooses when it is
 * made, and keeps it: the manifest in the store, which is written with the image, is the record.
 */

/** Groups that name no image. */
export function groupsWithoutImage(groups: Groups): string[] {
  return Object.entries(groups).flatMap(([name, group]) => (hasImage(group) ? [] : [name]));
}

/** `allow: ["image"]`: groups that name no image get the channel's of today. */
export function takesNewImages({ allow }: Pick<KopsClusterInputs, "allow">): boolean {
  return allow?.includes("image") === true;
}

/**
 * Images of the groups that name none and are there already: as recorded in the store's manifest, or, of a group made
 * without this program, as in its launch template.
 */
export async function knownImages(store: ObjectStore, inputs: KopsClusterInputs): Promise<Record<string, string>> {
  const { name, instanceGroups } = inputs;
  const found = await Promise.all(
    groupsWithoutImage(instanceGroups).map(async (group): Promise<[string, string][]> => {
      const live = await liveGroupSpec(store, name, group);
      if (!live) return [];
      // What its nodes were made from, whatever the channel says by now.
      const image = hasImage(live) ? live["image"] : (await latestTemplate(inputs, cloudNameOf(group, live, name)))?.ImageId;
      return typeof image === "string" ? [[group, image]] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

const resourceLine = /^ {2}(\w+)\/(\S.*)$/;
const imageLine = /^ {2}\tImageID\s+\t\s*(?:\S+ -> )?(\S+)\s*$/;

/**
 * The images kOps chose in a dry run (`ImageID` of a launch template that is created or modified), for the groups that
 * name none. kOps says the image by the name it has in the channel, `<owner>/<name>`.
 */
export function imagesIn(report: string, groups: Groups, cluster: string): Record<string, string> {
  const templates = new Map(groupsWithoutImage(groups).map((name) => [cloudNameOf(name, groups[name] ?? {}, cluster), name]));
  const images: Record<string, string> = {};
  let group: string | undefined;
  for (const line of report.split("\n")) {
    const resource = resourceLine.exec(line);
    if (resource) group = resource[1] === "LaunchTemplate" ? templates.get(resource[2] ?? "") : undefined;
    const image = imageLine.exec(line)?.[1];
    if (group !== undefined && image !== undefined) images[group] = image;
  }
  return images;
}
