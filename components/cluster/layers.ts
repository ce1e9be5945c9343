import { deepMerge, isPlainObject, mergeKeepingNull, type PlainObject } from "../config/merge.ts";

const part = (value: unknown, key: string): PlainObject => {
  const found = isPlainObject(value) ? value[key] : undefined;
  return isPlainObject(found) ? found : {};
};

/** The specs below `kops`: `null` in them removes a value of the composed spec, so it outlives the merge of layers. */
function mergeKops(base: PlainObject, over: PlainObject): PlainObject {
  const merged = deepMerge(base, over);
  const groups = Object.entries(part(over, "instanceGroups")).filter(([, group]) => isPlainObject(group));
  return {
    ...merged,
    ...(isPlainObject(over["cluster"]) && { cluster: mergeKeepingNull(part(base, "cluster"), over["cluster"]) }),
    ...(groups.length > 0 && {
      instanceGroups: {
        ...part(merged, "instanceGroups"),
        ...Object.fromEntries(
          groups.map(([name, group]) => [
            name,
            mergeKeepingNull(part(part(base, "instanceGroups"), name), isPlainObject(group) ? group : {}),
          ]),
        ),
      },
    }),
  };
}

/** Merges the layers of a cluster file: the stack's defaults, the file, the stack's overrides. */
export function mergeLayers(defaults: PlainObject, ...layers: readonly PlainObject[]): PlainObject {
  return layers.reduce<PlainObject>((base, over) => {
    const kops = over["kops"];
    // Below a part that is written wrong, the schema finds what is wrong.
    return isPlainObject(kops)
      ? { ...deepMerge(base, { ...over, kops: undefined }), kops: mergeKops(part(base, "kops"), kops) }
      : deepMerge(base, over);
  }, defaults);
}
