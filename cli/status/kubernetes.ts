import type { KubeConfig, V1Node } from "@kubernetes/client-node";
import { chosenAccess } from "../../providers/kops/access/index.ts";
import { groupsOfInstances } from "../../providers/kops/aws/group-instances.ts";
import { installedKops } from "../../providers/kops/kops-cli/binary.ts";
import { ExplainedError, inOneLine, messageOf } from "../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../providers/kops/model/inputs.ts";
import { instanceGroupTag } from "../../providers/kops/model/tag-keys.ts";
import { withContext } from "../../providers/kops/operation/context.ts";
import { withTimeout } from "../../providers/kops/runtime/wait.ts";
import type { ClusterStatus } from "./document.ts";

/** What the Kubernetes API says. */
export interface Kubernetes {
  /** Version of the API server. */
  server: string;
  nodes: NonNullable<ClusterStatus["nodes"]>;
}

/** Milliseconds in which it must answer, with the opening of a tunnel. */
const patience = 12_000;

/** A node as its API shows it. */
export function nodeStatus(node: V1Node, groups: ReadonlyMap<string, string>): Kubernetes["nodes"][number] {
  const instance = node.spec?.providerID?.split("/").at(-1) ?? "";
  return {
    name: node.metadata?.name ?? "",
    group: groups.get(instance) ?? node.metadata?.labels?.[instanceGroupTag] ?? "",
    version: node.status?.nodeInfo?.kubeletVersion ?? "",
    ready: node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true,
    cordoned: node.spec?.unschedulable === true,
  };
}

async function ask(config: KubeConfig, inputs: KopsClusterInputs): Promise<Kubernetes> {
  const [{ CoreV1Api, VersionApi }, { apiClient }] = await Promise.all([
    import("@kubernetes/client-node"),
    import("../../providers/kops/kubernetes/api-client.ts"),
  ]);
  const [version, nodes, groups] = await Promise.all([
    apiClient(config, VersionApi, { timeout: patience }).getCode(),
    apiClient(config, CoreV1Api, { timeout: patience }).listNode(),
    // A group's tag is on the instance; the label of the node is good enough.
    groupsOfInstances(inputs).catch(() => new Map<string, string>()),
  ]);
  return {
    server: version.gitVersion.replace(/^v/, ""),
    nodes: nodes.items.map((node) => nodeStatus(node, groups)).sort((one, other) => one.name.localeCompare(other.name)),
  };
}

/** The context of the person's kubeconfig that kOps, too, names after the cluster. */
async function ownConfig(cluster: string): Promise<KubeConfig | undefined> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromDefault();
  const context = config.getContexts().find((one) => one.name === cluster || one.cluster === cluster);
  if (!context) return undefined;
  config.setCurrentContext(context.name);
  return config;
}

/** As the program itself: with an admin certificate of ten minutes that kOps signs with the key in the state store. */
function askAsProgram(inputs: KopsClusterInputs): Promise<Kubernetes> {
  return withContext(
    inputs,
    "status",
    AbortSignal.timeout(patience),
    async (context) => {
      const { adminConfig } = await import("../../providers/kops/kubernetes/api-client.ts");
      return await ask(await adminConfig(context, "10m", "status.kubeconfig"), inputs);
    },
    undefined,
    { say: () => undefined },
  );
}

/** In one line. A failed connection gives its cause, which says more than "fetch failed". */
function reasonOf(error: unknown): string {
  if (error instanceof ExplainedError) return inOneLine(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause).split("\n")[0] ?? "";
}

/**
 * Asks the Kubernetes API: by the context of the person's kubeconfig that has the cluster's name; by the kOps of this
 * machine, through the connection of `PILOT_ACCESS`. The first that answers counts. No kOps is downloaded for it.
 */
export async function askKubernetes(
  inputs: KopsClusterInputs,
  env: NodeJS.ProcessEnv,
): Promise<Kubernetes | { unreachable: string }> {
  const tried: string[] = [];
  const attempt = async (how: string, work: () => Promise<Kubernetes>): Promise<Kubernetes | undefined> => {
    try {
      return await withTimeout(work(), patience);
    } catch (error) {
      tried.push(`${how}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const byPerson = async (): Promise<Kubernetes | undefined> =>
    await attempt("as in the kubeconfig", async () => {
      const config = await ownConfig(inputs.name);
      if (config === undefined) throw new Error("no context has the name of the cluster");
      return await ask(config, inputs);
    });
  const byProgram = async (): Promise<Kubernetes | undefined> =>
    await attempt(`with kOps ${inputs.kopsVersion}`, async () => {
      if ((await installedKops(inputs.kopsVersion, env)) === undefined) throw new Error("it is not on this machine");
      return await askAsProgram(inputs);
    });
  let chosen = false;
  try {
    chosen = (await chosenAccess(inputs.name, env)) !== undefined;
  } catch (error) {
    tried.push(reasonOf(error));
  }
  // A chosen connection is the program's; the person's kubeconfig may have no way there.
  const ways = chosen ? [byProgram, byPerson] : [byPerson, byProgram];
  for (const way of ways) {
    const found = await way();
    if (found) return found;
  }
  return { unreachable: tried.join("; ") };
}
