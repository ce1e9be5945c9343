import { shimOf } from "../kops/shim.ts";

/** The code that Pulumi stores in the state of every environment as the provider of its buckets' contents. */
export const shim = shimOf("providers/state-store/provider.ts", "The state store's provider");
