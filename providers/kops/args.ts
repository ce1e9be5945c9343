import type { Input } from "@pulumi/pulumi";
import type { KopsClusterInputs } from "./model/inputs.ts";

type Wrapped<T> = { [K in keyof T]: Input<Exclude<T[K], undefined>> };

/**
 * Arguments of the KopsCluster resource: {@link KopsClusterInputs}, each of which may be an output of another resource.
 * `owner` defaults to the current stack.
 */
export type KopsClusterArgs = Wrapped<Omit<KopsClusterInputs, "owner">> & { owner?: Input<string> };
