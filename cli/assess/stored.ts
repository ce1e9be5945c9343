import { additionalIn } from "../../providers/kops/model/additional-objects.ts";
import { specIn } from "../../providers/kops/model/spec.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import { kopsKeysOf } from "../../providers/kops/store/keys.ts";
import { groupsIn, manifestEtags } from "../../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";

type Fields = Record<string, unknown>;

/** A cluster as its store has it. No secret is read. */
export interface StoredCluster {
  name: string;
  spec: Fields;
  groups: Record<string, Fields>;
  /** Objects of other kinds that kOps keeps with it. */
  additionalObjects: Fields[];
  /** SSH keys of its instances; public ones. */
  sshPublicKeys: string[];
  /** The kOps that applied it last; undefined if none did. */
  kopsVersion: string | undefined;
  /** The owner, if this program manages it. */
  owner: string | undefined;
  /** Its objects in kOps's own words: the Cluster first. */
  texts: string[];
}

/** Reads a cluster; undefined if there is no Cluster object. It needs the rights to list and get, and nothing else. */
export async function readStored(store: ObjectStore, name: string): Promise<StoredCluster | undefined> {
  const keys = kopsKeysOf(name);
  const config = await store.get(keys.config);
  if (config === undefined) return undefined;
  const [names, additional, version, journal, sshKeys] = await Promise.all([
    manifestEtags(store, name).then((etags) => groupsIn(etags, name)),
    store.get(keys.additional),
    store.get(`${name}/kops-version.txt`),
    readJournal(store, name),
    store.list(keys.sshKeys).then((found) => Promise.all(found.map(({ key }) => store.get(key)))),
  ]);
  const bodies = await Promise.all(names.map((group) => store.get(`${keys.instanceGroups}${group}`)));
  const groups = names.flatMap((group, index): [string, Fields][] => {
    const body = bodies[index]?.body;
    return body === undefined ? [] : [[group, specIn(body)]];
  });
  return {
    name,
    spec: specIn(config.body),
    groups: Object.fromEntries(groups),
    additionalObjects: additionalIn(additional?.body ?? ""),
    sshPublicKeys: sshKeys.flatMap((key) => (key === undefined ? [] : [key.body.trim()])),
    kopsVersion: version?.body.trim(),
    owner: journal?.owner,
    texts: [config, ...bodies, additional].flatMap((object) => (object === undefined ? [] : [object.body.trim()])),
  };
}

/** The cluster as inputs of the provider, for the rules that refuse. */
export function inputsOf({ name, spec, groups, kopsVersion, additionalObjects }: StoredCluster): Fields {
  return {
    name,
    ...(kopsVersion !== undefined && { kopsVersion }),
    cluster: spec,
    instanceGroups: groups,
    ...(additionalObjects.length > 0 && { additionalObjects }),
  };
}
