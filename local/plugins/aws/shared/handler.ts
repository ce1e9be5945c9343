import type { CheckFailure } from "../../protocol/provider.ts";
import type { Probe } from "../../protocol/wait.ts";
import { isProps, type Props, type Value } from "../../protocol/values.ts";
import type { Clients } from "./client.ts";
import type { TagChanges, Tags, TagSettings } from "./tags.ts";

/** What a handler works with. */
export interface Context {
  readonly clients: Clients;
  /** Where the resource is: its own `region`, else the provider's. */
  readonly region: string;
  readonly partition: string;
  readonly tagSettings: TagSettings;
  readonly account: () => Promise<string>;
  /** Says that the resource exists from here on: when a later step fails, its id is kept. */
  readonly created: (id: string) => void;
  /** Waits for AWS, at most as long as given here or by `customTimeouts`. */
  readonly waitFor: <T>(what: string, seconds: number, probe: () => Promise<Probe<T>>) => Promise<T>;
}

/** How AWS shows a resource: what is readable of its outputs, and its tags as they are. */
export interface Observed {
  readonly state: Readonly<Record<string, unknown>>;
  readonly tags?: Tags;
  /** Where the official plugin's id is not the one asked with. */
  readonly id?: string;
}

/** One resource type. What is generic (tags, names, defaults, diff, previews) is done around it. */
export interface Handler {
  readonly token: string;
  /** Where the two lists below were looked up. */
  readonly source: string;
  /** Arguments that cannot change in place. A resource's own `region` is always one. */
  readonly replace: readonly string[];
  /**
   * What an argument is when it is left out. Arguments that AWS itself fills in are not here: the declarations tell
   * those.
   */
  readonly defaults?: Readonly<Record<string, Value>>;
  /** Arguments that AWS does not give back: kept as they were last applied. */
  readonly writeOnly?: readonly string[];
  /** Arguments that are declared but that the stand-in does not carry out: refused when given. */
  readonly unsupported?: readonly string[];
  /** Arguments of type list whose order means nothing. */
  readonly sets?: readonly string[];
  /** Arguments that are JSON documents: given as text or as an object, compared by meaning. */
  readonly documents?: readonly string[];
  readonly same?: Readonly<Record<string, (wish: string, state: string) => boolean>>;
  /** The property that gets a name of its own when none is given. */
  readonly autoname?: {
    readonly property: string;
    readonly prefixProperty?: string;
    readonly prefix?: string;
    readonly max: number;
    readonly lower?: boolean;
  };
  /** Two at a time cannot exist. */
  readonly deleteBeforeReplace?: boolean;
  /** Whether AWS has it once for all regions: it then has no `region`. */
  readonly global?: boolean;

  /** Puts arguments into the form AWS gives them back in. */
  normalise?(inputs: Props): Props;
  validate?(inputs: Props): CheckFailure[];
  /** Replacements that depend on the values. */
  replaces?(olds: Props, news: Props): readonly string[];
  /** Outputs that AWS makes up anew when these arguments change in place: a preview does not know them. */
  renews?(olds: Props, news: Props): readonly string[];

  /** @returns the id. The outputs are then read back. */
  create(context: Context, inputs: Props): Promise<string>;
  /** Undefined or an error that says "not found" means that it is not there. `state` is empty for a lookup by id. */
  read(context: Context, id: string, state: Props): Promise<Observed | undefined>;
  /** Not given: nothing but tags can change in place. */
  update?(context: Context, id: string, olds: Props, news: Props): Promise<void>;
  /** Not given: the resource has no tags. */
  tag?(context: Context, id: string, changes: TagChanges, state: Props): Promise<void>;
  /** An error that says "not found" counts as success. */
  delete(context: Context, id: string, state: Props): Promise<void>;
}

export function text(props: Props, name: string): string | undefined {
  const value = props[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A text that is there because it was checked, or because an id is made of it. */
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

/** Whether an argument is another than it was. */
export function changed(olds: Props, news: Props, ...names: string[]): boolean {
  return names.some((name) => JSON.stringify(olds[name] ?? null) !== JSON.stringify(news[name] ?? null));
}

/** What is new and what is gone between two lists that are sets. */
export function delta(olds: readonly string[], news: readonly string[]): { add: string[]; remove: string[] } {
  return { add: news.filter((item) => !olds.includes(item)), remove: olds.filter((item) => !news.includes(item)) };
}
