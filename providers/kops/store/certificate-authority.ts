import yaml from "js-yaml";
import { z } from "zod";
import { KopsError } from "../model/errors.ts";
import { kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

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
 * The cluster's CA certificates as PEM, without their keys, from kOps's keyset. There are several during a rotation.
 *
 * Errors: {@link KopsError} when there is none.
 */
export async function readCertificateAuthority(store: ObjectStore, cluster: string): Promise<string> {
  const found = await findCertificateAuthority(store, cluster);
  if (found === undefined) throw unreadable(cluster, `${store.url}/${kopsKeysOf(cluster).ca} does not exist`);
  return found;
}

/** The same. Undefined when there is none yet: kOps makes it when it first applies the cluster. */
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
