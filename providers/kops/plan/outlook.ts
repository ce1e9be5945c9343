import { AutoScalingClient, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { join } from "node:path";
import { chosenAccess, mendServers } from "../access/index.ts";
import { awsClientSettings } from "../aws/aws-identity.ts";
import { ExplainedError, messageOf } from "../errors.ts";
import type { KopsClusterInputs } from "../inputs.ts";
import { cloudNameOf } from "./plan.ts";
import type { GroupSize } from "./plan.ts";
import type { Desk } from "../run/session.ts";
import type { NodeVersion } from "./skew.ts";

/** Milliseconds in which the Kubernetes API must answer a preview: by its address, and by a tunnel, which is opened first. */
const patience = { direct: 5000, tunnel: 9000 };

/** How long the credential of a look lives: kOps signs it anew, it is gone with the preview's private folder. */
const credentialLifetime = "10m";

/** kOps tells by the template's id and version whether an instance is up to date (findInstanceLaunchConfiguration in awsup). */
function outdatedIn(group: AutoScalingGroup): number {
  const template = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const { LaunchTemplateId: id, Version: version } = template ?? {};
  // Left to AWS the version has a word instead of a number; kOps always writes a number.
  if (id === undefined || version === undefined || !/^\d+$/.test(version)) return 0;
  return (group.Instances ?? []).filter(({ LaunchTemplate: of }) => of?.LaunchTemplateId !== id || of.Version !== version).length;
}

/** Sizes of the instance groups now, and how many of their nodes wait for a roll. A group that is not made yet is left out. */
export async function lookAtGroups(inputs: KopsClusterInputs): Promise<Record<string, GroupSize>> {
  const { name, instanceGroups } = inputs;
  const client = new AutoScalingClient(awsClientSettings(inputs));
  const names = new Map(Object.entries(instanceGroups).map(([group, spec]) => [cloudNameOf(group, spec, name), group]));
  const seen: Record<string, GroupSize> = {};
  for await (const page of paginateDescribeAutoScalingGroups({ client }, { Filters: [{ Name: "tag:KubernetesCluster", Values: [name] }] })) {
    for (const one of page.AutoScalingGroups ?? []) {
      const group = names.get(one.AutoScalingGroupName ?? "");
      if (group !== undefined) seen[group] = { desired: one.DesiredCapacity ?? 0, outdated: outdatedIn(one) };
    }
  }
  return seen;
}

/** What the Kubernetes API says that matters to a roll. */
export interface ApiFacts {
  /** Version of the API server. */
  server: string;
  nodes: NodeVersion[];
  /** PodDisruptionBudgets that allow no disruption now, in words. */
  blocking: string[];
}

async function within<T>(patience: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks the Kubernetes API, within a few seconds. Its silence is no error of a preview: it comes back as the reason. */
export async function askApi(desk: Desk): Promise<ApiFacts | { unreachable: string }> {
  const { CoreV1Api, KubeConfig, PolicyV1Api, VersionApi } = await import("@kubernetes/client-node");
  const ask = async (): Promise<ApiFacts> => {
    const file = join(desk.folder, "look.kubeconfig");
    await desk.kops.run({ args: ["export", "kubeconfig", "--name", desk.inputs.name, `--admin=${credentialLifetime}`, "--kubeconfig", file], usesApi: true });
    const config = new KubeConfig();
    config.loadFromFile(file);
    mendServers(config);
    const [version, nodes, budgets] = await Promise.all([
      config.makeApiClient(VersionApi).getCode(),
      config.makeApiClient(CoreV1Api).listNode(),
      config.makeApiClient(PolicyV1Api).listPodDisruptionBudgetForAllNamespaces(),
    ]);
    return {
      server: version.gitVersion,
      nodes: nodes.items.map(({ metadata, status }) => ({
        name: metadata?.name ?? "",
        group: metadata?.labels?.["kops.k8s.io/instancegroup"] ?? "",
        version: status?.nodeInfo?.kubeletVersion ?? "",
      })),
      blocking: budgets.items
        // Of pods that are not there nothing is evicted.
        .filter(({ status }) => status !== undefined && status.disruptionsAllowed === 0 && status.expectedPods > 0)
        .map(({ metadata, status }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""} (${status?.currentHealthy ?? 0} of ${status?.desiredHealthy ?? 0} pods healthy)`),
    };
  };
  try {
    const { access = "direct" } = (await chosenAccess(desk.inputs.name, desk.env)) ?? {};
    return await within(patience[access === "direct" ? "direct" : "tunnel"], ask());
  } catch (error) {
    desk.log.write(`the Kubernetes API was not asked: ${messageOf(error)}`);
    return { unreachable: reasonOf(error) };
  }
}

/** In one line; of a failed connection its cause, which says more than "fetch failed". */
function reasonOf(error: unknown): string {
  if (error instanceof ExplainedError) return `${error.explanation.what}: ${error.explanation.why.replace(/\s*\n\s*/g, " ")}`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause).split("\n")[0] ?? "";
}
