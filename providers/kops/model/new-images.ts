import type { KopsClusterInputs } from "./inputs.ts";

const ofGroup = "image:";

type Allowing = Pick<KopsClusterInputs, "allow">;

/** Groups named by `allow: ["image:GROUP"]`, with their places in `allow`. */
export function groupsNamedForImages(allow: readonly unknown[]): { group: string; index: number }[] {
  return allow.flatMap((one, index) =>
    typeof one === "string" && one.startsWith(ofGroup) ? [{ group: one.slice(ofGroup.length), index }] : [],
  );
}

/** Whether a group that names no image, or a parameter, takes the current one instead of keeping its own. */
export function takesNewImage({ allow = [] }: Allowing, group: string): boolean {
  return allow.includes("image") || groupsNamedForImages(allow).some((one) => one.group === group);
}

/** Whether any group may: then an update does something without any change of the spec. */
export function takesNewImages({ allow = [] }: Allowing): boolean {
  return allow.includes("image") || groupsNamedForImages(allow).length > 0;
}
