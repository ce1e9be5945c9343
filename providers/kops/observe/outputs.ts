import { exportKubeconfig } from "../kops-cli/flags.ts";
import { serverIn } from "../kops-cli/output/index.ts";
import { KopsError } from "../model/errors.ts";
import { observeInstanceGroups } from "./instance-groups.ts";
import { observeNames } from "./cloud-names.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import type { OperationContext } from "../operation/context.ts";
import { stateVersion, namedEndpoint } from "../model/outputs.ts";
import { readCertificateAuthority } from "../store/certificate-authority.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The outputs that are observed after a successful operation; the others are in the journal. */
export type ObservedOutputs = Omit<KopsClusterOutputs, "conditions" | "revision" | "appliedDigest" | "lastOperation">;

/** Observes the outputs of a cluster that is up to date. */
export async function observeOutputs(context: OperationContext): Promise<ObservedOutputs> {
  const { inputs, store } = context;
  const version = inputs.cluster["kubernetesVersion"];
  if (typeof version !== "string") {
    throw new KopsError({
      what: "The cluster has no kubernetesVersion",
      why: "spec.kubernetesVersion is not text",
      next: "set cluster.kubernetesVersion",
    });
  }
  const [certificateAuthority, cloud, observed] = await Promise.all([
    readCertificateAuthority(store, inputs.name),
    observeNames(inputs),
    observeInstanceGroups(inputs),
  ]);
  const endpoint = await readEndpoint(context, cloud.loadBalancer?.dnsName);
  return {
    stateVersion,
    kubernetesVersion: version.replace(/^v/, ""),
    endpoint,
    certificateAuthority,
    observed,
    cloud,
  };
}

/**
 * Address of the Kubernetes API for every user of the cluster, whatever connection this machine uses: the API's own
 * name, else the name of its load balancer. Asks kOps only when no load balancer was found.
 */
async function readEndpoint(context: OperationContext, balancer: string | undefined): Promise<string> {
  const named = namedEndpoint(context.inputs);
  if (named) return named;
  if (balancer) return `https://${balancer}`;
  const file = join(context.folder, "endpoint.kubeconfig");
  await context.kops.run({ args: exportKubeconfig(context.inputs.name, file) });
  return serverIn(await readFile(file, "utf8"));
}
