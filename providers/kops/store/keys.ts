/** Folder in the store for the provider's own objects; it has a folder for each cluster. */
export const ownFolder = "_pilot/";

/**
 * Keys of the provider's own objects in the state store. They are not in the cluster's folder, because kOps refuses to
 * delete a cluster whose folder holds files it does not know. kOps lists a folder as a cluster only if it has a
 * `config`.
 */
export function pilotKeysOf(cluster: string): {
  lock: string;
  journal: string;
  pause: string;
  archive: string;
  moved: string;
  /** Folder, with its slash. */
  history: string;
} {
  const own = `${ownFolder}${cluster}`;
  return {
    lock: `${own}/lock.json`,
    journal: `${own}/journal.json`,
    pause: `${own}/pause.json`,
    archive: `${own}/archive`,
    moved: `${own}/moved.json`,
    history: `${own}/history/`,
  };
}

/**
 * Keys of kOps's own objects that the provider reads. It deletes only SSH keys and additional objects that are no
 * longer desired.
 */
export function kopsKeysOf(cluster: string): {
  config: string;
  instanceGroups: string;
  /** Objects of other kinds, in one file (newAddonsVFS in pkg/client/simple/vfsclientset). */
  additional: string;
  ca: string;
  sshKeys: string;
} {
  return {
    config: `${cluster}/config`,
    instanceGroups: `${cluster}/instancegroup/`,
    additional: `${cluster}/clusteraddons/default`,
    ca: `${cluster}/pki/private/kubernetes-ca/keyset.yaml`,
    sshKeys: `${cluster}/pki/ssh/public/admin/`,
  };
}
