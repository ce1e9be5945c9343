import type { Architecture } from "../../components/cluster/request/machines.ts";

/** The part of an image's name that its maker raises: a date with what counts the builds of a day, else a version. */
const raised: readonly RegExp[] = [
  /(?<![\d.])(?:\d+\.){0,2}20\d{6}(?:[.-]\d+(?![\w]))*/,
  /(?<![\d.])20\d\d-\d\d-\d\d(?:[.-]\d+(?![\w]))*/,
  /(?<![\d.])\d+\.\d+\.\d+(?:[.-]\d+(?![\w]))*/,
];

/** Images of the same kind: their names as a filter of EC2, and exactly. */
export interface ImageKind {
  filter: string;
  names: RegExp;
}

/** The kind of an image, by its name; undefined if nothing in the name tells one image from the next. */
export function kindOfImage(name: string): ImageKind | undefined {
  const found = raised.map((one) => one.exec(name)).find((one) => one !== null);
  // In a filter these stand for any text.
  if (!found || /[*?]/.test(name)) return undefined;
  const [before, after] = [name.slice(0, found.index), name.slice(found.index + found[0].length)];
  const exactly = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return { filter: `${before}*${after}`, names: new RegExp(`^${exactly(before)}\\d[\\d.-]*${exactly(after)}$`) };
}

const canonical = /^ubuntu\/images\/hvm-(ssd|ssd-gp3)\/ubuntu-[a-z]+-(\d\d\.\d\d)-(amd64|arm64)-server-/;
const amazon = /^al2023-ami-(minimal-)?[\d.]+-kernel-(\d+\.\d+)-(x86_64|arm64)$/;

/**
 * The public parameter in which the maker of an image names the current one (documented by Canonical in "Find Ubuntu
 * images on AWS", by Amazon in "AL2023 on Amazon EC2"). Others have none that is known here.
 */
export function parameterOf(owner: string, name: string): string | undefined {
  const ubuntu = owner === "099720109477" ? canonical.exec(name) : null;
  if (ubuntu)
    return (
      `/aws/service/canonical/ubuntu/server/${ubuntu[2] ?? ""}/stable/current/${ubuntu[3] ?? ""}/hvm/` +
      `${ubuntu[1] === "ssd" ? "ebs-gp2" : "ebs-gp3"}/ami-id`
    );
  const linux = owner === "137112412989" ? amazon.exec(name) : null;
  if (linux)
    return `/aws/service/ami-amazon-linux-latest/al2023-ami-${linux[1] ?? ""}kernel-${linux[2] ?? ""}-${linux[3] ?? ""}`;
  return undefined;
}

/** An image as EC2 describes it. */
export interface FoundImage {
  Name?: string | undefined;
  Architecture?: string | undefined;
  CreationDate?: string | undefined;
}

/** The newest image of a kind, if one is newer than the current one and of its architecture. */
export function newestImage(kind: ImageKind, current: FoundImage, found: readonly FoundImage[]): string | undefined {
  const made = ({ CreationDate }: FoundImage): string => CreationDate ?? "";
  const [newest] = found
    .filter(
      (one) =>
        one.Name !== undefined &&
        kind.names.test(one.Name) &&
        one.Architecture === current.Architecture &&
        made(one) > made(current),
    )
    .sort((a, b) => (made(a) < made(b) ? 1 : -1));
  return newest?.Name;
}

/** What the names of architectures are in EC2. */
export const architectures: Readonly<Record<Architecture, string>> = { amd64: "x86_64", arm64: "arm64" };
