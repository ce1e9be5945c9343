import { at, differs } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/** Whether an address has an empty part, such as `s3://bucket//path`. */
export function hasEmptyPart(address: unknown): boolean {
  return typeof address === "string" && /^[a-z0-9+.-]+:\/\/.*\/\//i.test(address);
}

export const emptyPart =
  "has a doubled slash: kOps keeps it in the key of the discovery documents and drops it from the issuer " +
  "(path.Join in " +
  "util/pkg/vfs/s3fs.go), so nobody could verify a token; write one slash";

const addresses = ["serviceAccountIssuerDiscovery.discoveryStore", "kubeAPIServer.serviceAccountIssuer"] as const;

/** Addresses of the service accounts' issuer. An update may keep a wrong one. */
export const discovery: Rule = ({ old, desired }) =>
  addresses.flatMap((path): Refusal[] => {
    const address = at(desired, `cluster.${path}`);
    if (!hasEmptyPart(address) || (old !== undefined && !differs(at(old, `cluster.${path}`), address))) return [];
    return [{ property: `cluster.${path}`, reason: emptyPart }];
  });
