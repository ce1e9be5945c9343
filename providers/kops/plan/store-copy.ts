import yaml from "js-yaml";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { refuseDropped } from "./facts/dropped-fields.ts";
import { plannedImages } from "./facts/images.ts";
import { readAdditional } from "./facts/additional-objects.ts";
import { additionalText } from "../model/additional-objects.ts";
import type { AdditionalObject } from "../model/additional-objects.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { unwrittenSecrets, withoutMissingSecrets } from "./facts/secrets.ts";
import { liveCluster } from "../store/manifests.ts";
import { replaceManifests } from "../kops-cli/kops.ts";
import { forEachParallel } from "../runtime/wait.ts";
import type { OperationContext } from "../operation/context.ts";
import { desiredSpec, isRecord, withAssignments, withImages, withoutSshKeys } from "../model/spec.ts";
import type { DesiredSpec } from "../model/spec.ts";

/** How many objects of the store are fetched at a time. */
const parallel = 16;

/** Copies the cluster's folder of the store to a private folder, without etcd backups (large) and secrets. */
async function copyStore(context: OperationContext, target: string): Promise<void> {
  const { store, inputs } = context;
  const objects = (await store.list(`${inputs.name}/`)).filter(({ key }) => !key.startsWith(`${inputs.name}/backups/`));
  await forEachParallel(objects, parallel, async ({ key }) => {
    const object = await store.get(key);
    const body = object && withoutSecrets(inputs.name, key, object.body);
    if (body === undefined) return;
    const file = join(target, key);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, body, { mode: 0o600 });
  });
}

/**
 * Makes kOps compose the URLs of the real store in the copy; otherwise everything that holds one would seem to change.
 * kOps then reads keys and secrets in the real store, and would write them there.
 */
function withRealBase(spec: DesiredSpec, store: string): DesiredSpec {
  const has = spec.cluster["configBase"] !== undefined || spec.cluster["configStore"] !== undefined;
  return has ? spec : { ...spec, cluster: { ...spec.cluster, configBase: `${store.replace(/\/$/, "")}/${spec.name}` } };
}

/** kOps on a copy of the store in which groups have these images. */
export async function kopsOnCopyWithImages(
  context: OperationContext,
  images: Readonly<Record<string, string>>,
): Promise<OperationContext["kops"]> {
  const copy = join(context.folder, "seen");
  await copyStore(context, copy);
  for (const [group, image] of Object.entries(images)) {
    const file = join(copy, `${kopsKeysOf(context.inputs.name).instanceGroups}${group}`);
    const object = yaml.load(await readFile(file, "utf8"));
    if (isRecord(object) && isRecord(object["spec"]))
      await writeFile(
        file,
        yaml.dump({ ...object, spec: { ...object["spec"], image } }, { lineWidth: -1, noRefs: true }),
        { mode: 0o600 },
      );
  }
  return context.kops.on(`file://${copy}`);
}

/** Copies the store and lets kOps write the desired manifests into the copy. Refuses fields that kOps does not know. */
export async function writeToCopy(context: OperationContext) {
  const { inputs, folder } = context;
  const copy = join(folder, "store");
  await copyStore(context, copy);
  const live = await liveCluster(context.store, inputs.name);
  const images = await plannedImages(context.store, inputs);
  const desired = withRealBase(withImages(withAssignments(desiredSpec(inputs), live?.spec), images), inputs.stateStore);
  const unwritten = await unwrittenSecrets(context);
  const spec = withoutMissingSecrets(desired, unwritten.missing);
  const kops = context.kops.on(`file://${copy}`);
  const objects = await readAdditional(context);
  if (objects.desired) await writeAdditionalTo(copy, inputs.name, objects.desired);
  await replaceManifests({ kops, folder }, withoutSshKeys(spec), live?.metadata, "preview.yaml");
  if (inputs.allow?.includes("unknownFields") !== true) await refuseDropped(copy, spec);
  return { copy, kops, live, unwritten, images, objects };
}

/** `kops replace` takes no additional objects; kOps reads them when it makes a plan. */
async function writeAdditionalTo(copy: string, cluster: string, objects: readonly AdditionalObject[]): Promise<void> {
  const file = join(copy, kopsKeysOf(cluster).additional);
  if (objects.length === 0) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, additionalText(objects), { mode: 0o600 });
}

/**
 * The content of an object for the copy: secrets are left out, key sets lose their private keys. The dry run reads
 * keys and secrets in the real store, by its `configBase`.
 */
export function withoutSecrets(cluster: string, key: string, body: string): string | undefined {
  if (key.startsWith(`${cluster}/secrets/`)) return undefined;
  return key.startsWith(`${cluster}/pki/private/`) ? body.replace(/^\s*privateMaterial:.*\n/gm, "") : body;
}
