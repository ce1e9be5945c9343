import yaml from "js-yaml";
import { canonicalJson, fieldsOf, isRecord } from "./spec.ts";
import type { KopsClusterInputs } from "./inputs.ts";

/** An object of another kind that kOps keeps with a cluster, such as a KubeSchedulerConfiguration. */
export type AdditionalObject = Record<string, unknown>;

/** Separates the objects in kOps's file of them (ObjectList.ToYAML in pkg/kubemanifest). */
const separator = "\n---\n\n";

/** kOps's file of these objects, in its own form: with sorted keys. */
export function additionalText(objects: readonly AdditionalObject[]): string {
  return objects.map((object) => yaml.dump(object, { lineWidth: -1, noRefs: true, sortKeys: true })).join(separator);
}

/** The objects in kOps's file, which it splits like this itself (SplitContentToSections in util/pkg/text). */
export function additionalIn(text: string): AdditionalObject[] {
  return text
    .split("\n---\n")
    .map((one) => yaml.load(one))
    .filter(isRecord);
}

/**
 * The additional objects that a cluster should have. Undefined if nobody says: those in the store stay. An input that
 * names none after this program wrote some removes them.
 */
export function desiredAdditional(
  { additionalObjects }: Pick<KopsClusterInputs, "additionalObjects">,
  journal: { additionalObjects?: boolean | undefined } | undefined,
): readonly AdditionalObject[] | undefined {
  return additionalObjects ?? (journal?.additionalObjects === true ? [] : undefined);
}

/** What people call an object: `ConfigMap kube-system/limits`. Without a name its kind is enough: kOps takes one. */
export function additionalName({ kind, metadata }: AdditionalObject): string {
  const { name, namespace } = fieldsOf(metadata);
  const words = [namespace, name].filter((word) => typeof word === "string" && word !== "");
  return [String(kind), ...(words.length > 0 ? [words.join("/")] : [])].join(" ");
}

const identityOf = (object: AdditionalObject): string =>
  `${String(object["apiVersion"]).split("/").slice(0, -1).join("/")} ${additionalName(object)}`;

/** Objects that one list lacks, and pairs whose content differs. */
export function additionalChanges(
  live: readonly AdditionalObject[],
  desired: readonly AdditionalObject[],
): { added: AdditionalObject[]; removed: AdditionalObject[]; changed: [AdditionalObject, AdditionalObject][] } {
  const before = new Map(live.map((object) => [identityOf(object), object]));
  const after = new Set(desired.map(identityOf));
  return {
    added: desired.filter((object) => !before.has(identityOf(object))),
    removed: live.filter((object) => !after.has(identityOf(object))),
    changed: desired.flatMap((object): [AdditionalObject, AdditionalObject][] => {
      const was = before.get(identityOf(object));
      return was && canonicalJson(was) !== canonicalJson(object) ? [[was, object]] : [];
    }),
  };
}

/** Whether two lists have the same objects in the same order: the order in which kOps applies them. */
export function isSameAdditional(live: readonly AdditionalObject[], desired: readonly AdditionalObject[]): boolean {
  return canonicalJson(live) === canonicalJson(desired);
}
