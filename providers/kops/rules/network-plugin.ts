import { fieldsOf } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { at, differs, fromTo, guides } from "./rule.ts";
import type { Fields, Json, Rule } from "./rule.ts";
/** The network plug-in in `networking`; validateNetworking allows exactly one. */
export function pluginOf(inputs: Fields): Json {
  const networking = at(inputs, "cluster.networking");
  if (networking === unknownValue) return unknownValue;
  const kinds = Object.entries(fieldsOf(networking)).filter(([, options]) => options !== undefined && options !== null);
  return kinds.length === 0
    ? undefined
    : kinds
        .map(([kind]) => kind.toLowerCase())
        .sort()
        .join("+");
}

/** By kOps's guide only a change from kubenet is safe; ValidateClusterUpdate allows all. */
export const plugin: Rule = ({ old, desired }) => {
  if (!old) return [];
  const before = pluginOf(old);
  const after = pluginOf(desired);
  if (before === undefined || after === undefined || before === "kubenet" || !differs(before, after)) return [];
  return [
    {
      name: "networking",
      property: "cluster.networking",
      reason:
        `${fromTo(before, after)}: pods on rolled and unrolled nodes cannot reach each other, and kOps leaves the ` +
        "old plug-in's DaemonSet behind",
      guide: guides.cni,
    },
  ];
};
