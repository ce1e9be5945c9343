import { readFile } from "node:fs/promises";
import { join } from "node:path";
import yaml from "js-yaml";
import { z } from "zod";
import { ownGroups } from "../aws/named-groups.ts";
import { namedEndpoint } from "../model/endpoint.ts";
import { KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { ObservedInstanceGroup } from "../model/outputs.ts";
import { kopsKeysOf } from "../store/places.ts";
import { cloudNameOf } from "../plan/plan.ts";
import type { Desk } from "../operation/operation.ts";
import { roleOf } from "../model/spec.ts";
import type { ObjectStore } from "../store/store.ts";

const keyset = z.object({
  spec: z.object({
    primaryID: z.string().optional(),
    keys: z.array(z.object({ id: z.string(), publicMaterial: z.string().optional() })),
  }),
});

function unreadable(cluster: string, why: string): KopsError {
  return new KopsError({
    what: `The certificate authority of ${cluster} cannot be read`,
    why,
    next: "run `kops get keypairs` on the cluster",
  });
}

/**
 * The cluster's CA certificates as PEM, without their keys, out of kOps's keyset. Several while a CA is being rotated.
 */
export async function readCertificateAuthority(store: ObjectStore, cluster: string): Promise<string> {
  const found = await findCertificateAuthority(store, cluster);
  if (found === undefined) throw unreadable(cluster, `${store.url}/${kopsKeysOf(cluster).ca} does not exist`);
  return found;
}

/** The same; nothing when there is none yet: kOps makes it when it first applies the cluster. */
export async function findCertificateAuthority(store: ObjectStore, cluster: string): Promise<string | undefined> {
  const key = kopsKeysOf(cluster).ca;
  const object = await store.get(key);
  if (!object) return undefined;
  const parsed = keyset.safeParse(yaml.load(object.body));
  if (!parsed.success) throw unreadable(cluster, `${store.url}/${key} is not a kOps keyset`);
  return parsed.data.spec.keys
    .map((one) => one.publicMaterial)
    .filter((material) => material !== undefined)
    .map((material) => Buffer.from(material, "base64").toString("utf8").trim())
    .join("\n");
}

/** The instance groups as they are in the cloud; a group that has no Auto Scaling group yet is left out. */
export async function observeInstanceGroups(inputs: KopsClusterInputs): Promise<Record<string, ObservedInstanceGroup>> {
  const groups = await ownGroups(
    inputs,
    Object.entries(inputs.instanceGroups).map(([group, spec]) => cloudNameOf(group, spec, inputs.name)),
  );
  const byName = new Map(
    groups.map((group) => [
      group.AutoScalingGroupName,
      { min: group.MinSize ?? 0, max: group.MaxSize ?? 0, desired: group.DesiredCapacity ?? 0 },
    ]),
  );
  const observed: Record<string, ObservedInstanceGroup> = {};
  for (const [name, spec] of Object.entries(inputs.instanceGroups)) {
    const autoScalingGroup = cloudNameOf(name, spec, inputs.name);
    const sizes = byName.get(autoScalingGroup);
    if (!sizes) continue;
    const machineType = spec["machineType"];
    observed[name] = {
      role: roleOf(spec),
      machineType: typeof machineType === "string" ? machineType : "",
      minSize: sizes.min,
      maxSize: sizes.max,
      desired: sizes.desired,
      autoScalingGroup,
    };
  }
  return observed;
}

const kubeconfig = z.object({ clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })).min(1) });

/**
 * Address of the Kubernetes API as every user of the cluster sees it: not by the way this machine happens to take. By
 * its own name, else by that of its load balancer, which kOps is asked for only when it was not found.
 */
export async function readEndpoint(desk: Desk, balancer: string | undefined): Promise<string> {
  const named = namedEndpoint(desk.inputs);
  if (named) return named;
  if (balancer) return `https://${balancer}`;
  const file = join(desk.folder, "endpoint.kubeconfig");
  await desk.kops.run({ args: ["export", "kubeconfig", "--name", desk.inputs.name, "--kubeconfig", file] });
  const [first] = kubeconfig.parse(yaml.load(await readFile(file, "utf8"))).clusters;
  return first?.cluster.server ?? "";
}
