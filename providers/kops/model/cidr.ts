import ipaddr from "ipaddr.js";

/** A block of IPv4 addresses. */
export interface Block {
  /** First address as a number. */
  base: number;
  /** Prefix length. */
  prefix: number;
}

export const sizeOf = ({ prefix }: Block): number => 2 ** (32 - prefix);

export const endOf = (block: Block): number => block.base + sizeOf(block);

export const overlaps = (a: Block, b: Block): boolean => a.base < endOf(b) && b.base < endOf(a);

export const contains = (outer: Block, inner: Block): boolean =>
  outer.base <= inner.base && endOf(inner) <= endOf(outer);

const number = (octets: readonly number[]): number => octets.reduce((sum, octet) => sum * 256 + octet, 0);

const octets = (base: number): number[] => [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);

export const cidrText = ({ base, prefix }: Block): string => `${octets(base).join(".")}/${prefix}`;

/** Parses four octets and a prefix, without host bits; undefined for anything else. */
export function parseBlock(text: string): Block | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  const block = { base: number(address.octets), prefix };
  return block.base % sizeOf(block) === 0 ? block : undefined;
}

/** The block around an address with a prefix, as Go and kOps read it: host bits are ignored. */
export function enclosing(text: string): Block | undefined {
  return ipaddr.IPv4.isValidCIDRFourPartDecimal(text)
    ? parseBlock(ipaddr.IPv4.networkAddressFromCIDR(text).toString() + text.slice(text.indexOf("/")))
    : undefined;
}

/** The lower or the upper half of a block. */
export function half({ base, prefix }: Block, upper: boolean): Block {
  const lower = { base, prefix: prefix + 1 };
  return upper ? { ...lower, base: endOf(lower) } : lower;
}

/** The first block of a size in `within` that overlaps with nothing taken. */
export function freeRange(prefix: number, within: readonly Block[], taken: readonly Block[]): Block | undefined {
  const size = sizeOf({ base: 0, prefix });
  for (const room of within) {
    let base = room.base;
    while (base + size <= endOf(room)) {
      const candidate = { base, prefix };
      const hit = taken.find((one) => overlaps(one, candidate));
      if (!hit) return candidate;
      base = Math.max(base + size, Math.ceil(endOf(hit) / size) * size);
    }
  }
  return undefined;
}

const smallestFree = 24;

/** The same, or a smaller one where there is no room for the size. */
export function largestFree(prefix: number, within: readonly Block[], taken: readonly Block[]): Block | undefined {
  for (let size = prefix; size <= Math.max(prefix, smallestFree); size++) {
    const found = freeRange(size, within, taken);
    if (found) return found;
  }
  return undefined;
}

/** True for an IPv4 or IPv6 CIDR without host bits. */
export function isCidr(text: string): boolean {
  if (!text.includes(":")) return parseBlock(text) !== undefined;
  if (!ipaddr.IPv6.isValidCIDR(text)) return false;
  const [address] = ipaddr.IPv6.parseCIDR(text);
  return ipaddr.IPv6.networkAddressFromCIDR(text).toString() === address.toString();
}

/**
 * None of it is on the internet: the shared address space of RFC 6598, which AWS takes for a VPC as well, and RFC 1918.
 * kOps takes any on AWS. A range that is proposed comes from the first with room.
 */
export const privateRanges = ["100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].flatMap(
  (range) => parseBlock(range) ?? [],
);

/** The private range that contains a block. */
export const privateRangeOf = (block: Block): Block | undefined =>
  privateRanges.find((range) => contains(range, block));

export const isPrivate = (block: Block): boolean => privateRangeOf(block) !== undefined;

/** Whether a text is the id of a prefix list. Security groups take it in place of a range; nothing else here does. */
export const isPrefixListId = (text: string): boolean => /^pl-[0-9a-f]{8,17}$/.test(text);
