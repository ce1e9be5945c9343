import { isRecord } from "../../providers/kops/model/spec.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";
import { pathText } from "../../components/config/problems.ts";
import { inputsOf, type StoredCluster } from "./stored.ts";

/** Fields of kOps that hold a secret in clear (v1alpha2): of gossip, of vSphere, of a proxy or registry. */
const secretKey = /^(secret|password|token|clientSecret|vSpherePassword|registryPassword)$/i;

function* below(value: unknown, path: PropertyKey[]): Generator<PropertyKey[]> {
  if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* below(one, [...path, index]);
  else if (isRecord(value)) for (const [key, one] of Object.entries(value)) yield* below(one, [...path, key]);
  else if (typeof value === "string" && value !== "") {
    if (secretKey.test(String(path.at(-1))) || redact(value) !== value) yield path;
  }
}

/** Where a manifest holds what looks like a secret. Its values are never shown, nor written. */
export function secretsIn(cluster: StoredCluster): string[] {
  return [...below(inputsOf(cluster), [])].map(pathText);
}
