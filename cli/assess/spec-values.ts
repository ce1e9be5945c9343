import { fieldsOf, isRecord } from "../../providers/kops/model/spec.ts";

/** The bucket of a place in S3. */
export function bucketIn(place: unknown): string | undefined {
  return typeof place === "string" ? /^s3:\/\/([^/]+)/.exec(place)?.[1] : undefined;
}

/** The inline policies that a spec adds to roles of instances. One that is not JSON has none: kOps refuses it. */
export function addedPolicies(
  spec: Record<string, unknown>,
): { role: string; statements: Record<string, unknown>[] }[] {
  return Object.entries(fieldsOf(spec["additionalPolicies"])).map(([role, text]) => {
    let read: unknown;
    try {
      read = JSON.parse(typeof text === "string" ? text : "[]");
    } catch {
      read = [];
    }
    return { role, statements: [read].flat().filter(isRecord) };
  });
}
