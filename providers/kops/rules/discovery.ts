import { at, differs } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/** Whether an address has an empty part: `s3://bucket//path`. */
export function hasEmptyPart(address: unknown): boolean {
  return typeof address === "string" && /^[a-z0-9+.-]+:\/\/.*\/\//i.test(address);
}

export const emptyPart =
  "has a doubled slash: kOps writes the discovery documents under a key with it, and leaves it out of the issuer " +
  "(path.Join in util/pkg/vfs/s3fs.go), so that nobody who reads a token would find them; write one slash";

const addresses = ["serviceAccountIssuerDiscovery.discoveryStore", "kubeAPIServer.serviceAccountIssuer"] as const;

/** Addresses of the service accounts' issuer. One that a cluster has already is no matter of an update. */
export const discovery: Rule = ({ old, desired }) =>
  addresses.flatMap((path): Refusal[] => {
    const address = at(desired, `cluster.${path}`);
    if (!hasEmptyPart(address) || (old !== undefined && !differs(at(old, `cluster.${path}`), address))) return [];
    return [{ property: `cluster.${path}`, reason: emptyPart }];
  });
