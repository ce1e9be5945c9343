import { z } from "zod";
import { isCidr, isPrefixListId } from "../../../providers/kops/model/cidr.ts";

/** A range that may reach something: a CIDR but not `/0`, or a prefix list. `open`: why `/0` is refused. */
export function accessRange(example: string, open: string): z.ZodString {
  return z
    .string()
    .refine((range) => isCidr(range) || isPrefixListId(range), {
      error: `must be a CIDR without host bits, such as ${example}, or the id of a prefix list, pl-…`,
    })
    .refine((range) => !range.endsWith("/0"), { error: open });
}
