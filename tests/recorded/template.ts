/**
 * Turns what was recorded on one cloud into templates, and templates into what another cloud would have had: ids, ETags
 * and a certificate that AWS and kOps give become placeholders, `{{Vpc::sbx id}}`.
 */
import { createHash } from "node:crypto";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Fields = Record<string, Json>;

/** A resource as Pulumi's state has it, as far as it is looked at here. */
export interface Resource extends Fields {
  urn: string;
  type: string;
}

/** What `pulumi stack export` writes. */
export interface StackExport {
  version: number;
  deployment: { resources: Resource[]; secrets_providers?: Json; manifest?: Json; metadata?: Json };
}

/** Of a resource, what tells where on which machine and when it was made. */
const volatile = ["created", "modified", "sourcePosition", "stackTrace", "importID"];
const urnPrefix = "urn:pulumi:sbx::pilot::";

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** A text; throws when it is something else. */
export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is no text`);
  return value;
}

/** The value with each of its texts changed. */
export function mapTexts(value: Json, change: (text: string) => Json): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)]));
}

/** Type and name of a resource, as in the names of placeholders. */
export const shortName = ({ type, urn }: Pick<Resource, "type" | "urn">): string =>
  `${type.split(":").at(-1) ?? ""}::${urn.split("::").at(-1) ?? ""}`;

const sortedUrns = (value: Json | undefined, shorten: (urn: string) => string): Json[] =>
  (Array.isArray(value) ? value : []).map((urn) => shorten(textOf(urn))).sort();

/**
 * Resources without what tells of machine and time, and what they depend on by short names, sorted: Pulumi writes it in
 * any order.
 */
export function scrubbed(resources: readonly Resource[]): Resource[] {
  const names = new Map(resources.map((one) => [one.urn, shortName(one)]));
  if (new Set(names.values()).size < names.size) throw new Error("two resources have one type and name");
  const shorten = (urn: string): string => names.get(urn) ?? urn;
  return resources.map((one) => {
    const kept = Object.entries(one).filter(([key]) => !volatile.includes(key));
    return Object.fromEntries(
      kept.map(([key, value]) => {
        if (key === "urn") return [key, one.urn.slice(urnPrefix.length)];
        if (key === "parent") return [key, shorten(textOf(value))];
        if (key === "dependencies") return [key, sortedUrns(value, shorten)];
        if (key !== "propertyDependencies" || !isFields(value)) return [key, value];
        return [key, Object.fromEntries(Object.entries(value).map(([of, urns]) => [of, sortedUrns(urns, shorten)]))];
      }),
    ) as Resource;
  });
}

/** The resources again as Pulumi takes them. */
export function unscrubbed(resources: readonly Resource[]): Resource[] {
  const urns = new Map(resources.map((one) => [shortName(one), urnPrefix + one.urn]));
  const lengthen = (name: Json): string => {
    const urn = urns.get(textOf(name));
    if (urn === undefined) throw new Error(`nothing recorded is called ${textOf(name)}`);
    return urn;
  };
  const list = (value: Json): Json => (Array.isArray(value) ? value.map(lengthen) : value);
  return resources.map((one) => {
    const { dependencies, propertyDependencies, parent } = one;
    return {
      ...one,
      urn: urnPrefix + one.urn,
      ...(parent === undefined ? {} : { parent: lengthen(parent) }),
      ...(dependencies === undefined ? {} : { dependencies: list(dependencies) }),
      ...(isFields(propertyDependencies)
        ? {
            propertyDependencies: Object.fromEntries(
              Object.entries(propertyDependencies).map(([key, value]) => [key, list(value)]),
            ),
          }
        : {}),
    };
  });
}

/** What AWS and kOps give: ids, those that the AWS plugin makes of ids, zones, a balancer's suffix, addresses, a CA. */
const given = new RegExp(
  [
    /\b(?:[ar]-)?[a-z]{1,10}-[0-9a-f]{17}\d*\b/,
    /\b[A-Z0-9]{21,22}\b/,
    /(?<=loadbalancer\/net\/[^/]+\/)[0-9a-f]{16}\b/,
    /\b127[.-]\d+[.-]\d+[.-]\d+\b/,
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/,
    /\bLS0tLS1CRUdJTi[A-Za-z0-9+/]+=*/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** Every text of a value with its path, ids first. */
function* textsOf(value: Json, path = ""): Generator<[string, string]> {
  if (typeof value === "string") yield [path, value];
  else if (value !== null && typeof value === "object")
    for (const [key, one] of Object.entries(value).sort(([a], [b]) => Number(b === "id") - Number(a === "id")))
      yield* textsOf(one, path === "" ? key : `${path}.${key}`);
}

/**
 * Values that only this cloud has, by the names of their placeholders: where in Pulumi's state they stand. A value has
 * one name for each place, the first of them in templates.
 */
export function givenIn(resources: readonly Resource[]): Map<string, string> {
  const found = new Map<string, string>();
  const order = (one: Resource): number => Number(one.type.startsWith("pilot:") || one.type.startsWith("pulumi:"));
  for (const one of [...resources].sort((a, b) => order(a) - order(b)))
    for (const [path, text] of textsOf(one))
      if (/^(id|outputs)\b/.test(path))
        for (const [at, [value]] of [...text.matchAll(given)].entries())
          found.set(`${shortName(one)} ${path}${at === 0 ? "" : ` ${at}`}`, value);
  return found;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Puts placeholders for values, longer ones first. */
export function withPlaceholders(value: Json, values: ReadonlyMap<string, string>): Json {
  const names = new Map([...values].toReversed().map(([name, one]) => [one, name]));
  const longestFirst = [...names.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map(escaped).join("|"), "g");
  return mapTexts(value, (text) => text.replace(any, (one) => `{{${names.get(one) ?? ""}}}`));
}

/** Puts values for placeholders. One that is the whole of a text may have a number for its value. */
export function filled<T extends Json>(template: T, values: ReadonlyMap<string, string | number>): T {
  const valueOf = (name: string): string | number => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`this cloud, or the state of it, has no ${name}`);
    return value;
  };
  return mapTexts(template, (text) => {
    const [, whole] = /^\{\{([^{}]+)\}\}$/.exec(text) ?? [];
    if (whole !== undefined) return valueOf(whole);
    return text.replace(/\{\{([^{}]+)\}\}/g, (_all, name: string) => String(valueOf(name)));
  }) as T;
}

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
};

/** Digest of a spec as it was made when this was recorded. Not the program's: a digest that changes is a change. */
export function digestThen(name: string, spec: Json | undefined): string {
  if (!isFields(spec)) throw new Error("there is no spec to make a digest of");
  return createHash("sha256")
    .update(JSON.stringify(sorted({ name, ...spec })))
    .digest("hex")
    .slice(0, 16);
}

/** Moves every time in a text by so many milliseconds, in file names too. */
export function shiftTimes(text: string, by: number): string {
  const shifted = (iso: string): string => new Date(Date.parse(iso) + by).toISOString();
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, shifted)
    .replace(/(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)/g, (_all, hour: string, ...rest: string[]) =>
      shifted(`${hour}:${rest[0] ?? ""}:${rest[1] ?? ""}.${rest[2] ?? ""}`).replace(/[:.]/g, "-"),
    );
}

/** Every path of keys in a value, but not below those keys that are names themselves. */
export function keysOf(value: Json, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => keysOf(one, `${path}[]`)))].sort();
  if (!isFields(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => keysOf(one, `${path}.${key}`))].sort();
}
