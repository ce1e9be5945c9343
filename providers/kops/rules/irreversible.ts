import type { Journal } from "../store/journal.ts";
import { refusalsOf } from "./refusals.ts";
import type { Failure } from "../model/hidden-inputs.ts";

/**
 * What cannot be changed in place, against the spec that the cloud was last told to become. Pulumi compares with the
 * inputs of the last update that *succeeded*: of one that stopped half-way it knows nothing, and so lets a reverted
 * Kubernetes minor through although the API servers already run the newer one.
 */
export function irreversibleRefusals(inputs: Record<string, unknown>, lastApplied: Journal["lastApplied"]): Failure[] {
  return lastApplied === undefined ? [] : refusalsOf({ ...inputs, ...lastApplied }, inputs);
}
