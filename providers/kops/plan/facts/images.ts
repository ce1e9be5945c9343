import { latestTemplate } from "../../aws/auto-scaling-groups.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { liveGroupSpec } from "../../store/manifests.ts";
import { hasImage, imageParameterOf, isFixedImage } from "../../model/spec.ts";
import { readJournal } from "../../store/journal.ts";
import type { ObjectStore } from "../../store/store.ts";
import { resolveParameters } from "../../aws/image-parameters.ts";
import { cloudNameOf } from "../../model/cloud-names.ts";

type Groups = KopsClusterInputs["instanceGroups"];

/*
 * Left alone, kOps takes the channel's image of the day at every update of a group that names none
 * (PopulateInstanceGroupSpec): a roll without a change of anybody's. So such a group gets what kOps chooses when it is
 * made, and keeps it: the manifest in the store, which is written with the image, is the record. A parameter (`ssm:…`)
 * is of the same kind: it moves when its owner says so. Which one an image was taken from is in the journal.
 */

/** Groups that name no image. */
export function groupsWithoutImage(groups: Groups): string[] {
  return Object.entries(groups).flatMap(([name, group]) => (hasImage(group) ? [] : [name]));
}

/** Groups whose image others choose: they name none, or a parameter. */
export function groupsWithFloatingImage(groups: Groups): string[] {
  return Object.entries(groups).flatMap(([name, group]) => (isFixedImage(group) ? [] : [name]));
}

/** Parameters that groups take their images from, by group. */
export function imageParameters(groups: Groups): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, group]) => {
      const parameter = imageParameterOf(group);
      return parameter === undefined ? [] : [[name, parameter] as const];
    }),
  );
}

/** `allow: ["image"]`: groups that name no image get the channel's of today. */
export function allowsNewImages({ allow }: Pick<KopsClusterInputs, "allow">): boolean {
  return allow?.includes("image") === true;
}

/**
 * Images of the groups that name none, or a parameter, and are there already: as recorded in the store's manifest or in
 * the journal, or, of a group made without this program, as in its launch template.
 */
export async function knownImages(store: ObjectStore, inputs: KopsClusterInputs): Promise<Record<string, string>> {
  const { name, instanceGroups } = inputs;
  const parameters = imageParameters(instanceGroups);
  const recorded = Object.keys(parameters).length > 0 ? ((await readJournal(store, name))?.images ?? {}) : {};
  const found = await Promise.all(
    groupsWithFloatingImage(instanceGroups).map(async (group): Promise<[string, string][]> => {
      const parameter = parameters[group];
      const record = recorded[group];
      if (record !== undefined && record.parameter === parameter) return [[group, record.image]];
      const live = await liveGroupSpec(store, name, group);
      if (!live) return [];
      // What its nodes were made from, whatever channel or parameter say by now.
      const ofTemplate = async (): Promise<unknown> =>
        (await latestTemplate(inputs, cloudNameOf(group, live, name)))?.ImageId;
      const image =
        parameter !== undefined
          ? live["image"] === parameter
            ? await ofTemplate()
            : undefined
          : hasImage(live)
            ? live["image"]
            : await ofTemplate();
      return typeof image === "string" ? [[group, image]] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

/**
 * The images with which a plan is made: those that are known, and what parameters say where nothing is, or another is
 * allowed.
 */
export async function plannedImages(store: ObjectStore, inputs: KopsClusterInputs): Promise<Record<string, string>> {
  const known = allowsNewImages(inputs) ? {} : await knownImages(store, inputs);
  const open = Object.entries(imageParameters(inputs.instanceGroups)).filter(([group]) => !(group in known));
  if (open.length === 0) return known;
  const values = await resolveParameters(
    inputs,
    open.map(([, parameter]) => parameter),
  );
  return {
    ...known,
    ...Object.fromEntries(
      open.flatMap(([group, parameter]) => (values[parameter] === undefined ? [] : [[group, values[parameter]]])),
    ),
  };
}

/** A group whose parameter says another image than the one that is kept. */
export interface MovedImage {
  group: string;
  parameter: string;
  kept: string;
  now: string;
}

/** Groups whose parameters moved since their images were taken. */
export function movedImages(
  parameters: Readonly<Record<string, string>>,
  known: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): MovedImage[] {
  return Object.entries(parameters).flatMap(([group, parameter]) => {
    const [kept, now] = [known[group], values[parameter]];
    return kept === undefined || now === undefined || kept === now ? [] : [{ group, parameter, kept, now }];
  });
}

/** The same in a line for each parameter. */
export function movedLines(moved: readonly MovedImage[], taken: boolean): string[] {
  const byText = new Map<string, string[]>();
  for (const { group, parameter, kept, now } of moved) {
    const text = `${parameter} moved: ${kept} -> ${now}`;
    byText.set(text, [...(byText.get(text) ?? []), group]);
  }
  return [...byText].map(
    ([text, groups]) =>
      `image of ${groups.join(", ")}: ` +
      `${text}${taken ? ", which is taken: allow has image" : '; the nodes keep what they have, and allow: ["image"] takes the new one'}`,
  );
}

/** What is said of parameters that moved, in preview and `up`, also when nothing else is to be done. */
export async function movedImageLines(store: ObjectStore, inputs: KopsClusterInputs): Promise<string[]> {
  const parameters = imageParameters(inputs.instanceGroups);
  if (Object.keys(parameters).length === 0) return [];
  const [known, values] = await Promise.all([
    knownImages(store, inputs),
    resolveParameters(inputs, Object.values(parameters)),
  ]);
  return movedLines(movedImages(parameters, known, values), allowsNewImages(inputs));
}

const resourceLine = /^ {2}(\w+)\/(\S.*)$/;
const imageLine = /^ {2}\tImageID\s+\t\s*(?:\S+ -> )?(\S+)\s*$/;

/**
 * The images kOps chose in a dry run (`ImageID` of a launch template that is created or modified), for the groups that
 * name none. kOps says the image by the name it has in the channel, `<owner>/<name>`.
 */
export function imagesIn(report: string, groups: Groups, cluster: string): Record<string, string> {
  const templates = new Map(
    groupsWithoutImage(groups).map((name) => [cloudNameOf(name, groups[name] ?? {}, cluster), name]),
  );
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
