import { KubeClient } from "../../../local/cloud/fleet/kube.ts";

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  status: { nodeInfo?: { kubeletVersion: string } };
}

/** The nodes at one moment: for each part of the cluster the versions it had. */
export interface Moment {
  controlPlane: string[];
  nodes: string[];
}

/** Follows the nodes of a cluster, as its API tells of each change, until stopped. */
export async function watchVersions(kubeconfig: string): Promise<{ stop(): Promise<Moment[]> }> {
  const client = await KubeClient.fromKubeconfig(kubeconfig);
  const ended = new AbortController();
  const present = new Map<string, NodeObject>();
  const moments: Moment[] = [];
  const versions = (controlPlane: boolean): string[] =>
    [...present.values()]
      .filter(({ metadata }) => "node-role.kubernetes.io/control-plane" in metadata.labels === controlPlane)
      .map(({ status }) => status.nodeInfo?.kubeletVersion ?? "?")
      .sort();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      // Without a version to begin from, the API first tells all that is there: a watch that the server ends is begun
      // anew.
      present.clear();
      await client.watch<NodeObject>("/api/v1/nodes?watch=true", ended.signal, ({ type, object }) => {
        if (type === "DELETED") present.delete(object.metadata.name);
        else present.set(object.metadata.name, object);
        moments.push({ controlPlane: versions(true), nodes: versions(false) });
      });
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  return {
    async stop() {
      ended.abort();
      await watching;
      client.close();
      return moments;
    },
  };
}
