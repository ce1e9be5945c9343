import * as pulumi from "@pulumi/pulumi";
import { environmentReferenceVersion, type EnvironmentReference } from "../reference/index.ts";
import type { SharedInfrastructure } from "./shared-infrastructure.ts";

/** {@link EnvironmentReference}, as far as it is known while the program runs. */
export type EnvironmentPart = Omit<EnvironmentReference, "network" | "dns"> & {
  network: pulumi.Output<EnvironmentReference["network"]>;
  dns: pulumi.Output<EnvironmentReference["dns"]>;
};

/** What a stack tells stacks of clusters about its environment. */
export function environmentPart(
  { network, dns, store, tags, madeBy }: SharedInfrastructure,
  { region, accountId }: { region: string; accountId: string },
): EnvironmentPart {
  const zones = network.zones.map(
    ({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr, privateIpv6Cidr, utilityIpv6Cidr }) =>
      pulumi.output({
        zone,
        ...(utilitySubnetId && utilityCidr !== undefined && { utilitySubnetId, utilityCidr }),
        ...(privateSubnetId && privateCidr !== undefined && { privateSubnetId, privateCidr }),
        ...(privateIpv6Cidr && { privateIpv6Cidr }),
        ...(utilityIpv6Cidr && { utilityIpv6Cidr }),
      }),
  );
  return {
    version: environmentReferenceVersion,
    name: madeBy,
    region,
    accountId,
    tags,
    network: pulumi.output({
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      ...(network.secondaryCidrs.length > 0 && { secondaryCidrs: [...network.secondaryCidrs] }),
      ...(network.ipv6Cidr && { ipv6Cidr: network.ipv6Cidr }),
      ...(network.ipv6Clusters === true && { ipv6Clusters: true }),
      zones,
    }),
    dns: pulumi.output({ topology: dns.topology, zoneName: dns.zoneName, ...(dns.zoneId && { zoneId: dns.zoneId }) }),
    stateStore: { stateStore: store.stateStore, discoveryBucket: store.discoveryBucket },
  };
}
