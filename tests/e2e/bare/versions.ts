import { KubeClient } from "../../../local/cloud/fleet/kube.ts";

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  status: { nodeInfo?: { kubeletVersion: string } };
}

/** The kubelet versions of the cluster at one moment. */
export interface Moment {
  controlPlane: string[];
  nodes: string[];
}

/** Watches the nodes of a cluster and records their versions at each change, until stopped. */
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
      // A watch without a resource version first sends all objects, so it can restart after the server has closed it.
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
