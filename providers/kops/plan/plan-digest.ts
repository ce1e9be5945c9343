import { takesNewImages } from "./images.ts";
import { decidingEnvironment } from "../kops-cli/environment.ts";
import { updateFlags } from "../kops-cli/flags.ts";
import { parseStoreUrl } from "../store/object-store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";

/** What is asked for and what is there, as far as it tells plans apart. */
export interface PlanDigestFacts {
  inputs: KopsClusterInputs;
  /** ETags of the manifests in the store. */
  etags: Readonly<Record<string, string>>;
  /** Digest of what in the cloud a plan depends on. */
  cloud: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Key of a plan that is kept: another one wherever kOps, or what it is asked to let pass, could make another plan, or
 * none.
 */
export function planKey({ inputs, etags, cloud, env }: PlanDigestFacts): string {
  return digestOf({
    spec: desiredSpec(inputs),
    etags,
    cloud,
    store: parseStoreUrl(inputs.stateStore),
    flags: updateFlags(inputs),
    env: decidingEnvironment(env),
    newImages: takesNewImages(inputs),
    unknownFields: inputs.allow?.includes("unknownFields") === true,
  });
}
