import type * as pulumi from "@pulumi/pulumi";
import type * as aws from "../aws/services.mjs";
import type { Tags } from "../tags/subnet-tags.ts";

/** The VPC of a network, for the parts that are made in it. */
export interface NetworkVpc {
  /** Name of the network; resource names begin with it. */
  name: string;
  region: string;
  vpc: aws.ec2.Vpc;
  /** Its IPv6 range, if it has one. */
  ipv6Cidr?: pulumi.Output<string> | undefined;
  /** The network's tags, and `Name`. */
  named: (name: string) => Tags;
  /** The network: parts are its direct children. */
  parent: pulumi.Resource;
}
