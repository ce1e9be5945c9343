import { hasUnknown, isProps, UNKNOWN, type Props, type Value } from "../../protocol/values.ts";

export type Tags = Readonly<Record<string, string>>;

export interface TagSettings {
  readonly defaults: Tags;
  readonly ignoredKeys: readonly string[];
  readonly ignoredPrefixes: readonly string[];
}

/** Whether a tag is not ours: AWS's own, or one that the provider must ignore. It is not read, compared or removed. */
export function isIgnored(key: string, settings: TagSettings): boolean {
  return (
    key.startsWith("aws:") ||
    settings.ignoredKeys.includes(key) ||
    settings.ignoredPrefixes.some((prefix) => key.startsWith(prefix))
  );
}

/** `tagsAll`: the provider's default tags, overridden by the resource's own. */
export function mergeTags(own: Value | undefined, settings: TagSettings): Props | typeof UNKNOWN {
  if (hasUnknown(own)) return UNKNOWN;
  const merged: Props = { ...settings.defaults, ...(isProps(own) ? own : {}) };
  return withoutIgnored(merged, settings);
}

export function withoutIgnored(tags: Props, settings: TagSettings): Props {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("__") && !isIgnored(key, settings)));
}

/**
 * Splits a resource's tags in the cloud into `tags` and `tagsAll`. A tag that equals a default counts as the default,
 * unless the resource sets it itself.
 */
export function splitTags(
  remote: Tags,
  own: Value | undefined,
  settings: TagSettings,
): { tags: Props; tagsAll: Props } {
  const tagsAll = withoutIgnored({ ...remote }, settings);
  const configured = isProps(own) ? own : {};
  const tags = Object.fromEntries(
    Object.entries(tagsAll).filter(([key, value]) => key in configured || settings.defaults[key] !== value),
  );
  return { tags, tagsAll };
}

export interface TagChanges {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/** The tags to write and to remove. Only our own keys are removed: `olds` does not have what others added later. */
export function tagChanges(olds: Value | undefined, news: Value | undefined, settings: TagSettings): TagChanges {
  const before = isProps(olds) ? olds : {};
  const after = isProps(news) ? news : {};
  const set: Record<string, string> = {};
  for (const [key, value] of Object.entries(after)) {
    if (typeof value === "string" && before[key] !== value && !isIgnored(key, settings)) set[key] = value;
  }
  const remove = Object.keys(before).filter(
    (key) => !key.startsWith("__") && !(key in after) && !isIgnored(key, settings),
  );
  return { set, remove };
}

export function fromList(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = "", Value: value = "" }) => [Key, value]));
}

export function toList(tags: Value | Tags | undefined): { Key: string; Value: string }[] {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) return [];
  return Object.entries(tags).flatMap(([Key, value]) =>
    typeof value === "string" && !Key.startsWith("__") ? [{ Key, Value: value }] : [],
  );
}
