import { isRecord } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { at, differs, fromTo, guides, present, shown } from "./rule.ts";
import type { Fields, Json, Rule } from "./rule.ts";

/** Another name or store means another cluster, whatever `allow` says. */
export const identity: Rule = ({ old, desired }) =>
  ["name", "stateStore"].flatMap((property) => {
    const before = old?.[property];
    if (before === undefined || !differs(before, desired[property])) return [];
    const moving =
      property === "stateStore"
        ? `; to move the store with all its clusters: npx pilot move-store ${shown(before)} ` + shown(desired[property])
        : "";
    return [
      {
        property,
        reason:
          `${fromTo(before, desired[property])}: it would be another cluster; add the new one beside it, move the ` +
          `workloads, then remove this one${moving}`,
      },
    ];
  });

/** Where kOps keeps keys and generated files (populateClusterSpec.run); kOps never moves them. */
export const places: Rule = ({ old, desired }) => {
  if (
    !isRecord(old?.["cluster"]) ||
    !isRecord(desired["cluster"]) ||
    differs(old["name"], desired["name"]) ||
    differs(old["stateStore"], desired["stateStore"])
  )
    return [];
  const trimmed = (value: Json): Json => (typeof value === "string" ? value.replace(/\/+$/, "") : value);
  const base = (inputs: Fields): Json => {
    const given = present(at(inputs, "cluster.configBase"));
    if (given !== undefined) return trimmed(given);
    const { stateStore, name } = inputs;
    if (
      typeof stateStore !== "string" ||
      typeof name !== "string" ||
      stateStore === unknownValue ||
      name === unknownValue
    )
      return unknownValue;
    return `${trimmed(stateStore) as string}/${name}`;
  };
  const below =
    (key: string, folder: string) =>
    (inputs: Fields): Json => {
      const given = present(at(inputs, `cluster.${key}`));
      if (given !== undefined) return trimmed(given);
      const root = base(inputs);
      return root === unknownValue ? unknownValue : `${root as string}/${folder}`;
    };
  const checked: [string, (inputs: Fields) => Json][] = [
    ["configBase", base],
    ["keyStore", below("keyStore", "pki")],
    ["secretStore", below("secretStore", "secrets")],
  ];
  return checked.flatMap(([key, effective]) => {
    // The stores below the base follow it: one change gets one refusal.
    if (key !== "configBase" && !differs(at(old, `cluster.${key}`), at(desired, `cluster.${key}`))) return [];
    const before = effective(old);
    const after = effective(desired);
    if (!differs(before, after)) return [];
    return [
      {
        name: "configBase" as const,
        property: `cluster.${key}`,
        reason:
          `${fromTo(before, after)}: kOps would make new keys there, which no node and no kubeconfig trusts; copy ` +
          "the folder first",
        guide: guides.store,
      },
    ];
  });
};
