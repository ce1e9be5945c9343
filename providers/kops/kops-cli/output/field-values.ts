import { redact } from "../../runtime/redact.ts";

/** Old and new value of a field, short enough for one line; of tags the keys. `none` where there is none. */
export interface FieldValues {
  from: string;
  to: string;
}

/** kOps prints a field as `  <tab>InstanceType   <tab> t3.large -> t3.xlarge` (upup/pkg/fi/dryrun_target.go). */
const modifiedField = /^ {2}\t(\w+)\s*\t (.*)$/;
const arrow = " -> ";

/** Kinds and fields that hold texts or key material (awstasks, fitasks): their values are in kOps's report only. */
const closedKinds = /Secret|Keypair|Keyset|Keystore|SSHKey|ManagedFile/;
const closedFields = /UserData|Contents|Document|Policy$|Template|PublicKey|SSHKey|Secret|Password|Token|Signer|Data$/i;

const longest = 60;

function short(text: string): string {
  const one = text.trim();
  return one.length <= longest ? one : `${one.slice(0, longest - 1)}…`;
}

/** The items of `[a, b]` and `{a: b}` (ValueAsString in util/pkg/reflectutils), sorted: Go's maps have no order. */
function itemsOf(text: string): string[] | undefined {
  const inner = /^[[{](.*)[\]}]$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  return inner === "" ? [] : inner.split(", ").sort();
}

/** A tag by its key: its value may come from a secret of the stack, and whoever reads the repository reads a plan. */
const withoutTagValue = (item: string): string => /^([^"]*): /.exec(item)?.[1] ?? item;

/** Of two lists or maps only what differs; of everything else the whole value. */
function shown(from: string, to: string): FieldValues {
  const none = (text: string): string => (/^(<nil>|id:<nil>|<resource>|)$/.test(text) ? "none" : text);
  const items = (text: string): string[] | undefined => (none(text) === "none" ? [] : itemsOf(text));
  const [old, now] = [items(from), items(to)];
  if (old === undefined || now === undefined) return { from: short(none(from)), to: short(none(to)) };
  const only = (some: readonly string[], others: readonly string[]): string =>
    short(
      some
        .filter((item) => !others.includes(item))
        .map(withoutTagValue)
        .join(", ") || "none",
    );
  return { from: only(old, now), to: only(now, old) };
}

/**
 * The values in the line of a modified field. Undefined for a text of several lines, for what may be secret, and where
 * old and new cannot be told apart.
 */
export function fieldValues(kind: string, line: string): [string, FieldValues] | undefined {
  const [, field, description] = modifiedField.exec(line) ?? [];
  if (field === undefined || description === undefined || closedKinds.test(kind) || closedFields.test(field))
    return undefined;
  const [from, to, ...more] = redact(description).split(arrow);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  const values = shown(from.trim(), to.trim());
  return values.from === "none" && values.to === "none" ? undefined : [field, values];
}
