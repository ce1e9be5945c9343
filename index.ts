import "./components/aws/lean-sdk.ts";
import { buildEnvironment } from "./components/environment/index.ts";

const stack = await buildEnvironment(import.meta.dirname);

/** What stacks of clusters take: network, DNS, state store (`components/reference/environment.ts`). */
export const environment = stack.environment;
/**
 * VPC and subnets: `vpcId`, `vpcCidr`, `secondaryCidrs[]`, `ipv6Cidr` where there is one, `zones[]` with the ids and
 * ranges of their private and utility subnet.
 */
export const network = stack.network;
/** `zoneName`, `zoneId` of the hosted zone; `nameServers` when it is public. */
export const dns = stack.dns;
/** `stateStore` for `kops --state`, `discoveryBucket` for OIDC discovery. */
export const stateStore = stack.stateStore;
/**
 * By cluster name, what other stacks and tools get to know of each (`components/reference/cluster.ts`). No credential.
 */
export const clusters = stack.clusters;
/** By cluster name, the report of its last smoke test; absent without `pilot:smokeTest`. */
export const smokeTests = stack.smokeTests;
