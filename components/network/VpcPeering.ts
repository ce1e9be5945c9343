import { providerFor } from "../aws/other-account.ts";
import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags/subnet-tags.ts";
import type { PeerRequest } from "./peers.ts";

export interface VpcPeeringArgs {
  vpcId: pulumi.Input<string>;
  vpcCidr: string;
  /** Additional ranges of the VPC; the other side gets routes to them, too. @default none */
  secondaryCidrs?: readonly string[] | undefined;
  region: string;
  /** Route tables of this side, by a name that stays: routes are named after it. */
  routeTables: Readonly<Record<string, pulumi.Input<string>>>;
  peer: PeerRequest;
  /** Provider of the other side. @default made from `peer.roleArn`, else the provider of this side */
  peerProvider?: aws.Provider | undefined;
  /** Tags of the connection, beside `Name`. @default none */
  tags?: Tags | undefined;
}

/** A peering connection with routes in both directions. AWS charges for traffic between zones and regions only. */
export class VpcPeering extends pulumi.ComponentResource {
  readonly connectionId: pulumi.Output<string>;

  readonly #name: string;
  readonly #args: VpcPeeringArgs;
  /** Whether the other side is in another account or region: then accepting is a separate resource. */
  readonly #abroad: boolean;

  constructor(name: string, args: VpcPeeringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:network:VpcPeering", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const { peer } = args;
    this.#abroad = peer.accountId !== undefined || (peer.region ?? args.region) !== args.region;

    const connection = this.#createConnection();
    const otherSide = this.#resolvePeerOptions();
    // A route over a connection that is not accepted yet drops packets.
    const accepted = this.#accept(connection, otherSide) ?? connection;
    this.#createRoutes(connection, accepted);
    this.#createRoutesBack(connection, accepted, otherSide);

    this.connectionId = connection.id;
    this.registerOutputs({ connectionId: this.connectionId });
  }

  get #tags(): Tags {
    return { ...this.#args.tags, Name: this.#name };
  }

  #createConnection(): aws.ec2.VpcPeeringConnection {
    const { vpcId, peer, region } = this.#args;
    return new aws.ec2.VpcPeeringConnection(
      this.#name,
      {
        vpcId,
        peerVpcId: peer.vpcId,
        ...(peer.accountId !== undefined && { peerOwnerId: peer.accountId }),
        ...(peer.region !== undefined && peer.region !== region && { peerRegion: peer.region }),
        ...(!this.#abroad && { autoAccept: true }),
        tags: this.#tags,
      },
      { parent: this },
    );
  }

  /** Options of resources on the other side. */
  #resolvePeerOptions(): pulumi.CustomResourceOptions {
    const { peer, region, peerProvider } = this.#args;
    if (peerProvider) return { parent: this, provider: peerProvider };
    if (peer.roleArn === undefined) return { parent: this };
    const provider = providerFor(
      this.#name,
      {
        role: peer.roleArn,
        externalId: peer.externalId,
        region: peer.region ?? region,
        session: "pilot-peering",
      },
      this,
    );
    return { parent: this, provider };
  }

  #accept(
    connection: aws.ec2.VpcPeeringConnection,
    otherSide: pulumi.CustomResourceOptions,
  ): pulumi.Resource | undefined {
    if (!this.#abroad || (this.#args.peer.accountId !== undefined && otherSide.provider === undefined))
      return undefined;
    return new aws.ec2.VpcPeeringConnectionAccepter(
      this.#name,
      { ...this.#peerRegion, vpcPeeringConnectionId: connection.id, autoAccept: true, tags: this.#tags },
      otherSide,
    );
  }

  get #peerRegion(): { region?: string } {
    const { peer, region } = this.#args;
    return peer.region !== undefined && peer.region !== region ? { region: peer.region } : {};
  }

  #createRoutes(connection: aws.ec2.VpcPeeringConnection, accepted: pulumi.Resource): void {
    for (const [table, routeTableId] of Object.entries(this.#args.routeTables)) {
      for (const destinationCidrBlock of this.#args.peer.cidrs) {
        new aws.ec2.Route(
          `${this.#name}-${table}-${destinationCidrBlock}`,
          { routeTableId, destinationCidrBlock, vpcPeeringConnectionId: connection.id },
          { parent: this, dependsOn: [accepted] },
        );
      }
    }
  }

  #createRoutesBack(
    connection: aws.ec2.VpcPeeringConnection,
    accepted: pulumi.Resource,
    otherSide: pulumi.CustomResourceOptions,
  ): void {
    const { vpcCidr, secondaryCidrs = [], peer } = this.#args;
    for (const routeTableId of peer.routeTableIds ?? []) {
      const name = `${this.#name}-back-${routeTableId}`;
      for (const [routeName, destinationCidrBlock] of [
        [name, vpcCidr] as const,
        ...secondaryCidrs.map((cidr) => [`${name}-${cidr}`, cidr] as const),
      ]) {
        new aws.ec2.Route(
          routeName,
          { ...this.#peerRegion, routeTableId, destinationCidrBlock, vpcPeeringConnectionId: connection.id },
          { ...otherSide, dependsOn: [accepted] },
        );
      }
    }
  }
}
