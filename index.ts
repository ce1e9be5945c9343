import { buildEnvironment } from "./components/environment/index.ts";

const environment = await buildEnvironment(import.meta.dirname);

/** VPC and subnets: `vpcId`, `vpcCidr`, `zones[]` with the ids and ranges of their private and utility subnet. */
export const network = environment.network;
/** `zoneName`, `zoneId` of the hosted zone; `nameServers` when it is public. */
export const dns = environment.dns;
/** `stateStore` for `kops --state`, `discoveryBucket` for OIDC discovery. */
export const stateStore = environment.stateStore;
/** By cluster name: endpoint, CA, kubeconfig without a credential, OIDC issuer, roles. */
export const clusters = environment.clusters;
