import type { Plan } from "../plan.ts";
import { isRecord } from "../../model/spec.ts";
import { pluginOf } from "../../rules/network-plugin.ts";
import { distance, etcdMinorOf, minorOf, minorText } from "../../model/versions.ts";
import type { Minor } from "../../model/versions.ts";

type Inputs = Readonly<Record<string, unknown>> | undefined;

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** Minors of etcd by the name of its cluster. */
function etcdMinors(inputs: Inputs): Map<string, Minor> {
  const clusters = at(inputs, "cluster", "etcdClusters");
  const named = Array.isArray(clusters) ? clusters.filter(isRecord) : [];
  return new Map(
    named.flatMap(({ name, version }) => {
      const minor = etcdMinorOf(version, at(inputs, "cluster", "kubernetesVersion"));
      return typeof name === "string" && minor ? [[name, minor] as const] : [];
    }),
  );
}

/** Kinds of resources in kOps's dry run that hold data. */
const holdsData: ReadonlySet<string> = new Set(["EBSVolume", "Volume", "volume"]);

/** The parts of a change that reverting the commit does not undo, in words. `old`: the inputs of the last run. */
export function irreversibleLines(old: Inputs, desired: Inputs, plan: Pick<Plan, "remove" | "prune">): string[] {
  if (!old) return [];
  const lines: string[] = [];
  const [from, to] = [
    minorOf(at(old, "cluster", "kubernetesVersion")),
    minorOf(at(desired, "cluster", "kubernetesVersion")),
  ];
  if (from && to && distance(from, to) > 0) {
    lines.push(
      `Kubernetes ${minorText(from)} to ${minorText(to)}: only a restore of etcd leads back to ` + minorText(from),
    );
  }
  const [olderKops, newerKops] = [minorOf(at(old, "kopsVersion")), minorOf(at(desired, "kopsVersion"))];
  if (olderKops && newerKops && distance(olderKops, newerKops) > 0) {
    lines.push(
      `kOps ${minorText(olderKops)} to ${minorText(newerKops)}: an older kOps is refused afterwards, unless ` +
        "allowDowngrade allows it",
    );
  }
  const before = etcdMinors(old);
  for (const [name, minor] of etcdMinors(desired)) {
    const was = before.get(name);
    if (was && distance(was, minor) > 0)
      lines.push(
        `etcd ${name} ${minorText(was)} to ${minorText(minor)}: its data is converted, and the older etcd cannot ` +
          "read it",
      );
  }
  const [cni, otherCni] = [pluginOf(old), pluginOf(desired ?? {})];
  if (typeof cni === "string" && typeof otherCni === "string" && cni !== otherCni)
    lines.push(`CNI ${cni} to ${otherCni}: pods lose their network until all nodes are replaced`);
  for (const { kind, name } of [...plan.remove, ...plan.prune].filter((one) => holdsData.has(one.kind)))
    lines.push(`${kind} ${name} is deleted with its data`);
  return lines;
}
