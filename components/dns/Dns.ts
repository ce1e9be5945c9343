import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags.ts";

/**
 * - `private`: a hosted zone made here, resolved only inside the VPC.
 * - `public`: a hosted zone made here. Its name servers must be entered in the parent zone before a cluster is made:
 *   kOps looks the zone up by real DNS.
 * - `existing`: a hosted zone made elsewhere; nothing in it is touched but the records kOps makes for its clusters.
 * - `none`: no records. Nodes find the API by its load balancer (kOps `dns: none`); `name` only names clusters.
 */
export type DnsRequest =
  | { type: "private" | "public"; /** Domain of the zone. */ name: string }
  | { type: "existing"; name: string; /** Hosted zone id, without `/hostedzone/`. */ id: string; visibility: "public" | "private" }
  | { type: "none"; name: string };

export type DnsArgs = DnsRequest & { /** Tags of a zone made here. @default none */ tags?: Tags | undefined };

/** What a cluster needs to know of DNS. */
export interface DnsOutputs {
  /** How kOps publishes names. */
  topology: "Public" | "Private" | "None";
  /** Clusters without a dot in their name are named below it. */
  zoneName: string;
  /** Hosted zone id; absent when names are not published. */
  zoneId?: pulumi.Output<string>;
}

/** The hosted zone of an environment. */
export class Dns extends pulumi.ComponentResource implements DnsOutputs {
  readonly topology: DnsOutputs["topology"];
  readonly zoneName: string;
  readonly zoneId?: pulumi.Output<string>;
  /** To be entered in the parent zone; only of a public zone made here. */
  readonly nameServers?: pulumi.Output<string[]>;

  constructor(name: string, args: DnsArgs, network: { vpcId: pulumi.Input<string> }, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:dns:Dns", name, {}, opts);
    this.zoneName = args.name;
    this.topology = topologyOf(args);
    if (args.type === "existing") {
      this.zoneId = pulumi.output(args.id);
    } else if (args.type !== "none") {
      const zone = new aws.route53.Zone(
        name,
        {
          name: args.name,
          comment: `Clusters of ${name}`,
          ...(args.type === "private" && { vpcs: [{ vpcId: network.vpcId }] }),
          tags: { ...args.tags, Name: args.name },
        },
        { parent: this },
      );
      this.zoneId = zone.zoneId;
      if (args.type === "public") this.nameServers = zone.nameServers;
    }
    this.registerOutputs({ zoneName: this.zoneName, zoneId: this.zoneId, nameServers: this.nameServers });
  }
}

function topologyOf(args: DnsRequest): DnsOutputs["topology"] {
  if (args.type === "none") return "None";
  const visibility = args.type === "existing" ? args.visibility : args.type;
  return visibility === "public" ? "Public" : "Private";
}
