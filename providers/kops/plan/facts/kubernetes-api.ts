import { chosenAccess } from "../../access/index.ts";
import { groupsOfInstances } from "../../aws/group-instances.ts";
import { ExplainedError, inOneLine, messageOf } from "../../model/errors.ts";
import type { OperationContext } from "../../operation/context.ts";
import { withTimeout } from "../../runtime/wait.ts";

/** Milliseconds in which the Kubernetes API must answer a preview. A tunnel takes time to open. */
const timeouts = { direct: 5000, tunnel: 7000 };

/** Lifetime of the credential that kOps signs for one preview. It is deleted with the private folder. */
const credentialLifetime = "10m";

/** What the Kubernetes API says about a roll. */
export interface ApiFacts {
  /** Version of the API server. */
  server: string;
  nodes: NodeVersion[];
  /** PodDisruptionBudgets that allow no disruption now, in words. */
  blocking: string[];
}

/** Asks the Kubernetes API, for a few seconds. When it does not answer, the preview goes on with the reason. */
export async function askApi(context: OperationContext): Promise<ApiFacts | { unreachable: string }> {
  const [{ CoreV1Api, PolicyV1Api, VersionApi }, { adminConfig, apiClient }, { groupOfNode }] = await Promise.all([
    import("@kubernetes/client-node"),
    import("../../kubernetes/api-client.ts"),
    import("../../kubernetes/drain.ts"),
  ]);
  const ask = async (): Promise<ApiFacts> => {
    const config = await adminConfig(context, credentialLifetime, "look.kubeconfig");
    const [version, nodes, budgets, instances] = await Promise.all([
      apiClient(config, VersionApi).getCode(),
      apiClient(config, CoreV1Api).listNode(),
      apiClient(config, PolicyV1Api).listPodDisruptionBudgetForAllNamespaces(),
      groupsOfInstances(context.inputs),
    ]);
    return {
      server: version.gitVersion,
      nodes: nodes.items.map((node) => ({
        name: node.metadata?.name ?? "",
        group: groupOfNode(node, instances),
        version: node.status?.nodeInfo?.kubeletVersion ?? "",
      })),
      blocking: budgets.items
        // A budget without pods blocks no eviction.
        .filter(({ status }) => status !== undefined && status.disruptionsAllowed === 0 && status.expectedPods > 0)
        .map(
          ({ metadata, status }) =>
            `${metadata?.namespace ?? ""}/${metadata?.name ?? ""} (${status?.currentHealthy ?? 0} of ` +
            `${status?.desiredHealthy ?? 0} pods healthy)`,
        ),
    };
  };
  try {
    const { access = "direct" } = (await chosenAccess(context.inputs.name, context.env)) ?? {};
    return await withTimeout(ask(), timeouts[access === "direct" ? "direct" : "tunnel"]);
  } catch (error) {
    context.log.write(`the Kubernetes API was not asked: ${messageOf(error)}`);
    return { unreachable: reasonOf(error) };
  }
}

/** In one line. A failed connection gives its cause, which says more than "fetch failed". */
function reasonOf(error: unknown): string {
  if (error instanceof ExplainedError) return inOneLine(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause).split("\n")[0] ?? "";
}

/** A node as its API shows it. */
export interface NodeVersion {
  name: string;
  group: string;
  /** kubelet's version, `v1.34.3`. */
  version: string;
}
