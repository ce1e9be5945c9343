import type { Reference } from "./references.ts";

/** What lookups found out: refusals by reference, and warnings. */
export interface Verdict {
  refused: Map<Reference, string>;
  warnings: string[];
}

const listed = (names: Iterable<string>): string => [...names].sort().join(", ");

/**
 * Compares the zones of groups with those that offer their machine types. A group still starts nodes in its other
 * zones; a control-plane group must start one in each. Zones are those of AWS's answer, so also Local Zones and
 * Wavelength Zones (`location-type` availability-zone of DescribeInstanceTypeOfferings).
 */
export function checkOfferings(
  references: readonly Reference[],
  offered: ReadonlyMap<string, ReadonlySet<string>>,
  region: string,
): Verdict {
  const refused = new Map<Reference, string>();
  const warnings = new Set<string>();
  for (const one of references) {
    const zones = offered.get(one.id);
    const { id, zones: own = [], types = [id], everyZone } = one;
    if (!zones) {
      refused.set(one, `instance type ${id} does not exist in ${region}`);
      continue;
    }
    const without = own.filter((zone) => !zones.has(zone));
    if (without.length === 0) continue;
    const found = `${id} is not offered in ${without.join(", ")}, only in ${listed(zones)}`;
    if (without.length === own.length) refused.set(one, found);
    else if (everyZone === true)
      refused.set(one, `${found}: a control-plane group must start a node in each of its zones`);
    // The launch template's type counts only where no other types are given.
    else if (types.includes(id)) {
      const empty = without.filter((zone) => !types.some((type) => offered.get(type)?.has(zone)));
      warnings.add(
        `${one.property}: ${found}` +
          (empty.length > 0
            ? `: the group starts no nodes in ${empty.join(", ")}`
            : ": nodes there are of other types"),
      );
    }
  }
  return { refused, warnings: [...warnings] };
}

/** Names of architectures as images of this field have them. */
const usual: Readonly<Record<string, string>> = { x86_64: "amd64" };
const shown = (architecture: string): string =>
  usual[architecture] === undefined ? architecture : `${usual[architecture]} (${architecture})`;

/** Why an image does not start on the machine types of its group; undefined when it does, or nobody knows. */
export function architectureProblem(
  { id, types = [] }: Reference,
  ofImage: string | undefined,
  ofTypes: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (ofImage === undefined) return undefined;
  const other = types.find((type) => ofTypes.get(type)?.includes(ofImage) === false);
  if (other === undefined) return undefined;
  return (
    `image ${id} is for ${shown(ofImage)}, and the machine type ${other} is ` +
    `${(ofTypes.get(other) ?? []).map(shown).join(" or ")}: its nodes could not start`
  );
}
