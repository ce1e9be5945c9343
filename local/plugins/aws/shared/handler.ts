import type { CheckFailure } from "../../protocol/provider.ts";
import type { Probe } from "../../protocol/wait.ts";
import { isProps, type Props, type Value } from "../../protocol/values.ts";
import type { Clients } from "./client.ts";
import type { TagChanges, Tags, TagSettings } from "./tags.ts";

/** What a handler gets. */
export interface Context {
  readonly clients: Clients;
  /** Region of the resource: its own `region`, else the provider's. */
  readonly region: string;
  readonly partition: string;
  readonly tagSettings: TagSettings;
  readonly account: () => Promise<string>;
  /** Reports that the resource exists: its id is kept if a later step fails. */
  readonly created: (id: string) => void;
  /** Waits for AWS, at most the given seconds or those of `customTimeouts`. */
  readonly waitFor: <T>(what: string, seconds: number, probe: () => Promise<Probe<T>>) => Promise<T>;
}

/** A resource as AWS returns it: the readable outputs, and its tags. */
export interface Observed {
  readonly state: Readonly<Record<string, unknown>>;
  readonly tags?: Tags;
  /** Set if the official plugin's id differs from the requested one. */
  readonly id?: string;
}

/** One resource type. The provider does what all types share: tags, names, defaults, diff, previews. */
export interface Handler {
  readonly token: string;
  /** The source of the two lists below. */
  readonly source: string;
  /** Arguments that cannot change in place. A resource's own `region` always is one. */
  readonly replace: readonly string[];
  /** Values of arguments that are left out. What AWS fills in is not here: the declarations tell that. */
  readonly defaults?: Readonly<Record<string, Value>>;
  /** Arguments that AWS does not return: kept as last applied. */
  readonly writeOnly?: readonly string[];
  /** Declared arguments that the stand-in does not support: refused if given. */
  readonly unsupported?: readonly string[];
  /** List arguments whose order has no meaning. */
  readonly sets?: readonly string[];
  /** Arguments that are JSON documents: given as text or object, compared by meaning. */
  readonly documents?: readonly string[];
  readonly same?: Readonly<Record<string, (wish: string, state: string) => boolean>>;
  /** The property that gets a generated name if none is given. */
  readonly autoname?: {
    readonly property: string;
    readonly prefixProperty?: string;
    readonly prefix?: string;
    readonly max: number;
    readonly lower?: boolean;
  };
  /** Two of them cannot exist at the same time. */
  readonly deleteBeforeReplace?: boolean;
  /** Whether AWS has it once for all regions; then it has no `region`. */
  readonly global?: boolean;

  /** Normalises arguments into the form in which AWS returns them. */
  normalise?(inputs: Props): Props;
  validate?(inputs: Props): CheckFailure[];
  /** Replacements that depend on the values. */
  replaces?(olds: Props, news: Props): readonly string[];
  /** Outputs that AWS replaces when these arguments change in place: a preview does not know them. */
  renews?(olds: Props, news: Props): readonly string[];

  /** @returns the id. The outputs are then read back. */
  create(context: Context, inputs: Props): Promise<string>;
  /**
   * Undefined, or an error that says "not found", means that it does not exist. `state` is empty for a lookup by id.
   */
  read(context: Context, id: string, state: Props): Promise<Observed | undefined>;
  /** Without it, only tags can change in place. */
  update?(context: Context, id: string, olds: Props, news: Props): Promise<void>;
  /** Without it, the resource has no tags. */
  tag?(context: Context, id: string, changes: TagChanges, state: Props): Promise<void>;
  /** An error that says "not found" counts as success. */
  delete(context: Context, id: string, state: Props): Promise<void>;
}

export function text(props: Props, name: string): string | undefined {
  const value = props[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A text that must exist because it was checked, or because an id contains it. */
export function needText(props: Props, name: string): string {
  const value = text(props, name);
  if (value === undefined) throw new Error(`"${name}" is empty or missing; give it a value`);
  return value;
}

export function bool(props: Props, name: string): boolean | undefined {
  const value = props[name];
  return typeof value === "boolean" ? value : undefined;
}

export function number(props: Props, name: string): number | undefined {
  const value = props[name];
  return typeof value === "number" ? value : undefined;
}

export function texts(props: Props, name: string): string[] {
  const value = props[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function objects(props: Props, name: string): Props[] {
  const value = props[name];
  return Array.isArray(value) ? value.filter(isProps) : [];
}

export function object(props: Props, name: string): Props | undefined {
  const value = props[name];
  return isProps(value) ? value : undefined;
}

/** Whether an argument changed. */
export function changed(olds: Props, news: Props, ...names: string[]): boolean {
  return names.some((name) => JSON.stringify(olds[name] ?? null) !== JSON.stringify(news[name] ?? null));
}

/** The differences between two lists without order. */
export function delta(olds: readonly string[], news: readonly string[]): { add: string[]; remove: string[] } {
  return { add: news.filter((item) => !olds.includes(item)), remove: olds.filter((item) => !news.includes(item)) };
}
