import { join } from "node:path";
import { z } from "zod";
import type { Layout } from "../../base/layout.ts";
import { readIfThere, writeWhole } from "../../base/files.ts";

const faultsFile = z.strictObject({
  /** Instances that never register: instance ids or names of instance groups. */
  neverJoin: z.array(z.string()).default([]),
  /** Nodes whose kubelet reports not ready: instance ids or names of instance groups. */
  notReady: z.array(z.string()).default([]),
});

export type FleetFaults = z.infer<typeof faultsFile>;

export const noFaults: FleetFaults = { neverJoin: [], notReady: [] };

export function faultsPath(layout: Layout): string {
  return join(layout.dir, "fleet-faults.json");
}

/** Makes machines misbehave until other faults (or none) are set. */
export async function setFleetFaults(layout: Layout, faults: Partial<FleetFaults>): Promise<void> {
  await writeWhole(faultsPath(layout), `${JSON.stringify(faultsFile.parse(faults), null, 2)}\n`);
}

export async function readFleetFaults(layout: Layout): Promise<FleetFaults> {
  const text = await readIfThere(faultsPath(layout));
  return text === undefined ? noFaults : faultsFile.parse(JSON.parse(text));
}

export function isHit(list: readonly string[], instance: { readonly id: string; readonly group: string }): boolean {
  return list.includes(instance.id) || list.includes(instance.group);
}
