import { architecturesOf } from "../../aws/architectures.ts";
import { latestTemplate } from "../../aws/launch-templates.ts";
import { launchTemplateImages } from "../../kops-cli/output/index.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { liveGroupSpec } from "../../store/manifests.ts";
import { hasImage, imageParameterOf, isFixedImage } from "../../model/instance-groups.ts";
import { takesNewImage } from "../../model/new-images.ts";
import { isRecord } from "../../model/spec.ts";
import { readJournal } from "../../store/journal.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { resolveParameters } from "../../aws/image-parameters.ts";
import { cloudNameOf } from "../../model/cloud-names.ts";

type Groups = KopsClusterInputs["instanceGroups"];

/*
 * By itself kOps takes the channel's current image at every update of a group that names none
 * (PopulateInstanceGroupSpec): nodes would roll without any change. So a group keeps the image that kOps chose when the
 * group was made; the manifest in the store records it. A parameter (`ssm:…`) also moves without a change of the
 * inputs; the journal records which image was taken from which parameter.
 */

/** Groups that name no image. */
export function groupsWithoutImage(groups: Groups): string[] {
  return Object.entries(groups).flatMap(([name, group]) => (hasImage(group) ? [] : [name]));
}

/** Groups that name no image, or a parameter: somebody else chooses their image. */
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

/** Groups that take the image of the day, because `allow` has `image` or names them, as in `image:nodes`. */
export function groupsWithNewImages(inputs: Pick<KopsClusterInputs, "allow" | "instanceGroups">): string[] {
  return groupsWithFloatingImage(inputs.instanceGroups).filter((group) => takesNewImage(inputs, group));
}

/** A group's machine type, now and before. */
export interface ChangedType {
  group: string;
  from: string;
  to: string;
}

/** The first of a group's machine types, which kOps chooses the image by. */
const firstType = ({ machineType }: Readonly<Record<string, unknown>>): string | undefined =>
  typeof machineType === "string" && machineType !== "" ? machineType.split(",")[0] : undefined;

/** Changes to a machine type of another architecture: the image that the group has does not start on it. */
export function otherArchitectures(
  changed: readonly ChangedType[],
  architectures: ReadonlyMap<string, readonly string[]>,
): (ChangedType & { before: readonly string[]; after: readonly string[] })[] {
  return changed.flatMap((one) => {
    const [before, after] = [architectures.get(one.from), architectures.get(one.to)];
    return before && after && !before.some((name) => after.includes(name)) ? [{ ...one, before, after }] : [];
  });
}

/** Groups whose nodes get another architecture, in words. `old`: the inputs before. */
export async function newArchitectures(
  inputs: KopsClusterInputs,
  old: Readonly<Record<string, unknown>> | undefined,
): Promise<string[]> {
  const before = old?.["instanceGroups"];
  const changed = Object.entries(inputs.instanceGroups).flatMap(([group, spec]): ChangedType[] => {
    const was = isRecord(before) ? before[group] : undefined;
    const [from, to] = [isRecord(was) ? firstType(was) : undefined, firstType(spec)];
    return from === undefined || to === undefined || from === to ? [] : [{ group, from, to }];
  });
  const types = changed.flatMap(({ from, to }) => [from, to]);
  return otherArchitectures(changed, await architecturesOf(inputs, types)).map(
    (one) =>
      `${one.group}: ${one.before.join(", ")} → ${one.after.join(", ")} (${one.from} → ${one.to}); the images of its ` +
      "containers must exist for it",
  );
}

/**
 * Images of existing groups that name none, or a parameter: from the store's manifest or the journal, or from the
 * launch template of a group that this program did not make. Without those that do not start on the machine type that
 * is desired now: such a group gets the image that kOps chooses for a new one.
 */
export async function knownImages(
  store: ObjectStore,
  inputs: KopsClusterInputs,
  groups: readonly string[] = groupsWithFloatingImage(inputs.instanceGroups),
): Promise<Record<string, string>> {
  const { name, instanceGroups } = inputs;
  const parameters = imageParameters(instanceGroups);
  const recorded = groups.some((group) => group in parameters) ? ((await readJournal(store, name))?.images ?? {}) : {};
  const changed: ChangedType[] = [];
  const found = await Promise.all(
    groups.map(async (group): Promise<[string, string][]> => {
      const parameter = parameters[group];
      const record = recorded[group];
      if (record !== undefined && record.parameter === parameter) return [[group, record.image]];
      const live = await liveGroupSpec(store, name, group);
      if (!live) return [];
      const [from, to] = [firstType(live), firstType(instanceGroups[group] ?? {})];
      // A parameter names an image of one architecture, so another architecture needs another parameter.
      if (parameter === undefined && from !== undefined && to !== undefined && from !== to)
        changed.push({ group, from, to });
      // The image of its nodes, whatever channel or parameter say now.
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
  const types = changed.flatMap(({ from, to }) => [from, to]);
  const unfit = otherArchitectures(changed, await architecturesOf(inputs, types)).map(({ group }) => group);
  return Object.fromEntries(found.flat().filter(([group]) => !unfit.includes(group)));
}

/** The images of a plan: known ones, and the parameters' values where none is known or new images are allowed. */
export async function plannedImages(store: ObjectStore, inputs: KopsClusterInputs): Promise<Record<string, string>> {
  const renewed = groupsWithNewImages(inputs);
  const kept = groupsWithFloatingImage(inputs.instanceGroups).filter((group) => !renewed.includes(group));
  const known = await knownImages(store, inputs, kept);
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

/** A group that keeps another image than its parameter names now. */
export interface MovedImage {
  group: string;
  parameter: string;
  kept: string;
  now: string;
}

/** Groups whose parameters changed since their images were taken. */
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

/** One line for each parameter that changed. */
export function movedLines(moved: readonly MovedImage[], taken: boolean): string[] {
  const byText = new Map<string, string[]>();
  for (const { group, parameter, kept, now } of moved) {
    const text = `${parameter} moved: ${kept} -> ${now}`;
    byText.set(text, [...(byText.get(text) ?? []), group]);
  }
  return [...byText].map(
    ([text, groups]) =>
      `image of ${groups.join(", ")}: ` +
      text +
      (taken
        ? ", which is taken: allow has image"
        : '; nodes keep their image, and allow: ["image"] takes the new one'),
  );
}

/** Lines about parameters that changed, for preview and `up`, even when there is nothing else to do. */
export async function movedImageLines(store: ObjectStore, inputs: KopsClusterInputs): Promise<string[]> {
  const parameters = imageParameters(inputs.instanceGroups);
  if (Object.keys(parameters).length === 0) return [];
  const [known, values] = await Promise.all([
    knownImages(store, inputs),
    resolveParameters(inputs, Object.values(parameters)),
  ]);
  const moved = movedImages(parameters, known, values);
  const taken = moved.filter(({ group }) => takesNewImage(inputs, group));
  return [
    ...movedLines(taken, true),
    ...movedLines(
      moved.filter((one) => !taken.includes(one)),
      false,
    ),
  ];
}

/**
 * The images that kOps chose in a dry run for groups that name none, by their names in the channel, `<owner>/<name>`.
 */
export function imagesIn(report: string, groups: Groups, cluster: string): Record<string, string> {
  const groupOf = new Map(
    groupsWithoutImage(groups).map((name) => [cloudNameOf(name, groups[name] ?? {}, cluster), name]),
  );
  return Object.fromEntries(
    [...launchTemplateImages(report)].flatMap(([template, image]) => {
      const group = groupOf.get(template);
      return group === undefined ? [] : [[group, image] as const];
    }),
  );
}
