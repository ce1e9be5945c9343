import { KopsError } from "../model/errors.ts";
import { stateVersion } from "../model/outputs.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import type { OperationContext } from "../operation/context.ts";
import { readCertificateAuthority } from "../store/certificate-authority.ts";
import { observeNames } from "./observe-names.ts";
import { observeInstanceGroups, readEndpoint } from "./observe.ts";

/** The outputs that are looked up when an operation has ended well; the others are in the journal. */
export type ObservedOutputs = Omit<KopsClusterOutputs, "conditions" | "revision" | "appliedDigest" | "lastOperation">;

/** Looks up what the outputs say of a cluster that is as asked for. */
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
