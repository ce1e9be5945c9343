import * as pulumi from "@pulumi/pulumi";
import { tagForeign } from "../../tags/subnet-tags.ts";
import { rolesOf, type ResolvedNetwork } from "./existing.ts";
import type { NetworkOutputs, NetworkZone } from "../model/outputs.ts";
import { roleTag } from "../../tags/keys.ts";

export interface ExistingNetworkArgs {
  /** The network, looked up and checked. */
  network: ResolvedNetwork;
  /** Whether to make the tags by which load balancer controllers find subnets. @default false */
  ownRoleTags?: boolean | undefined;
}

/** A VPC and subnets made elsewhere. Only single tags are made in them, so nothing of theirs is ever replaced. */
export class ExistingNetwork extends pulumi.ComponentResource implements NetworkOutputs {
  readonly vpcId: pulumi.Output<string>;
  /** The same, known before anything runs. */
  readonly foundVpcId: string;
  readonly vpcCidr: string;
  readonly secondaryCidrs: readonly string[];
  readonly ipv6Clusters?: boolean;
  readonly zones: NetworkZone[];

  constructor(name: string, { network, ownRoleTags }: ExistingNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:network:ExistingNetwork", name, {}, opts);
    this.vpcId = pulumi.output(network.vpcId);
    this.foundVpcId = network.vpcId;
    this.vpcCidr = network.vpcCidr;
    this.secondaryCidrs = network.secondaryCidrs;
    if (network.ipv6Clusters === true) this.ipv6Clusters = true;
    this.zones = network.zones.map(({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr, ...ipv6 }) => ({
      zone,
      ...(privateSubnetId !== undefined &&
        privateCidr !== undefined && { privateSubnetId: pulumi.output(privateSubnetId), privateCidr }),
      ...(utilitySubnetId !== undefined &&
        utilityCidr !== undefined && { utilitySubnetId: pulumi.output(utilitySubnetId), utilityCidr }),
      ...(ipv6.privateIpv6Cidr !== undefined && { privateIpv6Cidr: pulumi.output(ipv6.privateIpv6Cidr) }),
      ...(ipv6.utilityIpv6Cidr !== undefined && { utilityIpv6Cidr: pulumi.output(ipv6.utilityIpv6Cidr) }),
    }));
    if (ownRoleTags === true) this.#createRoleTags(name, network);
    this.registerOutputs({
      vpcId: this.vpcId,
      vpcCidr: this.vpcCidr,
      secondaryCidrs: this.secondaryCidrs,
      ...(this.ipv6Clusters === true && { ipv6Clusters: true }),
      zones: this.zones,
    });
  }

  #createRoleTags(name: string, { zones }: ResolvedNetwork): void {
    for (const { zone, privateSubnetId, utilitySubnetId } of zones) {
      for (const [kind, id] of [
        ["utility", utilitySubnetId],
        ["private", privateSubnetId],
      ] as const) {
        if (id === undefined) continue;
        for (const role of rolesOf(kind, privateSubnetId !== undefined)) {
          tagForeign(`${name}-${kind}-${zone}/${roleTag[role]}`, id, roleTag[role], "1", this);
        }
      }
    }
  }
}
