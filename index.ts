import { buildEnvironment } from "./components/environment/index.ts";

const stack = await buildEnvironment(import.meta.dirname);

/** Network, DNS and state store for stacks of clusters (`components/reference/environment.ts`). */
export const environment = stack.environment;
/** VPC and subnets: `vpcId`, `vpcCidr`, `secondaryCidrs[]`, `ipv6Cidr` if any, `zones[]` with subnet ids and ranges. */
export const network = stack.network;
/** `zoneName`, `zoneId` of the hosted zone; `nameServers` when it is public. */
export const dns = stack.dns;
/** `stateStore` for `kops --state`, `discoveryBucket` for OIDC discovery. */
export const stateStore = stack.stateStore;
/** Roles of the workflows that preview and update the stack; absent without `pilot:pipeline`. */
export const pipeline = stack.pipeline;
/** By cluster name, what other stacks and tools learn about it (`components/reference/cluster.ts`). No credentials. */
export const clusters = stack.clusters;
/** By cluster name, the report of its last smoke test; absent without `pilot:smokeTest`. */
export const smokeTests = stack.smokeTests;
