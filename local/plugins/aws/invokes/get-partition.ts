import { dnsSuffixOf } from "../shared/partition.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = ({ partition, region }) => {
  const dnsSuffix = dnsSuffixOf(region);
  return Promise.resolve({
    dnsSuffix,
    id: partition,
    partition,
    reverseDnsPrefix: dnsSuffix.split(".").toReversed().join("."),
  });
};
