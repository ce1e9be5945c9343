import type * as pulumi from "@pulumi/pulumi";

/** What a cluster needs to know of DNS. */
export interface DnsOutputs {
  /** How kOps publishes names. */
  topology: "Public" | "Private" | "None";
  /** Clusters without a dot in their name are named below it. */
  zoneName: string;
  /** Hosted zone id, known only when the zone can be used; absent when names are not published. */
  zoneId?: pulumi.Output<string>;
}
