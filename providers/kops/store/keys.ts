/** Folder in the store of all that is the provider's own, one folder for each cluster. */
export const ownFolder = "_pilot/";

/**
 * Where this provider keeps its own objects in the state bucket. Outside the cluster's folder: kOps refuses to delete a
 * cluster whose folder holds files it does not know, and lists a folder as a cluster only when it has a `config`.
 */
export function placesOf(cluster: string): {
  lock: string;
  journal: string;
  pause: string;
  archive: string;
  moved: string;
} {
  const own = `${ownFolder}${cluster}`;
  return {
    lock: `${own}/lock.json`,
    journal: `${own}/journal.json`,
    pause: `${own}/pause.json`,
    archive: `${own}/archive`,
    moved: `${own}/moved.json`,
  };
}

/** Keys of kOps's own objects that this provider reads; of SSH keys it takes out those that are no longer desired. */
export function kopsKeysOf(cluster: string): { config: string; instanceGroups: string; ca: string; sshKeys: string } {
  return {
    config: `${cluster}/config`,
    instanceGroups: `${cluster}/instancegroup/`,
    ca: `${cluster}/pki/private/kubernetes-ca/keyset.yaml`,
    sshKeys: `${cluster}/pki/ssh/public/admin/`,
  };
}
