import type * as pulumi from "@pulumi/pulumi";

/** What a cluster needs to know of DNS. */
export interface DnsOutputs {
  /** How kOps publishes names. */
  topology: "Public" | "Private" | "None";
  /** Appended to names of clusters without a dot. */
  zoneName: string;
  /** Hosted zone id, known once the zone can be used; absent if names are not published. */
  zoneId?: pulumi.Output<string>;
}
