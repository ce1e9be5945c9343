import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { foreignTagsSurvive, tagEach, type Tags } from "../tags.ts";
import { allocateSubnets, type ZoneCidrs, type ZoneSubnets } from "./subnets.ts";

/**
 * How private subnets reach the internet.
 *
 * - `per-zone`: one NAT gateway in each zone. A zone that fails takes no other with it. About USD 43 a month for each
 *   gateway in ap-southeast-2, plus data.
 * - `single`: one NAT gateway in the first zone. A third of the cost with three zones, but when its zone fails nodes in
 *   all zones lose the internet (no images, no AWS APIs but S3), and traffic of the other zones pays the zone crossing.
 * - `none`: private subnets reach S3 only. Nodes cannot bootstrap unless images and APIs come from elsewhere.
 */
export type Nat = "per-zone" | "single" | "none";

export interface NetworkArgs {
  /** AWS region, for the service name of the S3 endpoint. */
  region: string;
  /** IPv4 range of the VPC, /16 to /22. Changing it replaces the network: not possible while clusters live in it. */
  cidr: string;
  /** Zones by full name. Adding one changes none of the others. */
  zones: readonly string[];
  /** @default "per-zone" */
  nat?: Nat | undefined;
  /** Ranges given for single zones. @default computed, see {@link allocateSubnets} */
  subnets?: Readonly<Record<string, ZoneCidrs>> | undefined;
  /** Tags for everything made here, beside `Name`. @default none */
  tags?: Tags | undefined;
}

/** What a cluster needs to know of one zone. */
export interface NetworkZone {
  zone: string;
  privateSubnetId: pulumi.Output<string>;
  privateCidr: string;
  utilitySubnetId: pulumi.Output<string>;
  utilityCidr: string;
  /** The NAT gateway that the private subnet uses, if there is one. */
  natGatewayId?: pulumi.Output<string>;
}

/** What a cluster needs to know of the network it lives in, whoever made it. */
export interface NetworkOutputs {
  vpcId: pulumi.Output<string>;
  vpcCidr: string;
  zones: NetworkZone[];
}

/** In-tree and external load balancer controllers find the subnets for public and internal load balancers by these. */
const roleTags = {
  utility: { "kubernetes.io/role/elb": "1" },
  private: { "kubernetes.io/role/internal-elb": "1" },
} as const;

/**
 * VPC with a utility and a private subnet in each zone.
 *
 * Everything but tags is a direct child: what depends on a component waits for its direct children only, and a cluster
 * needs the routes, too.
 */
export class Network extends pulumi.ComponentResource implements NetworkOutputs {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly zones: NetworkZone[];

  readonly #name: string;
  readonly #tags: Tags;
  readonly #vpc: aws.ec2.Vpc;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:network:Network", name, {}, opts);
    const allocated = allocateSubnets({ vpcCidr: args.cidr, zones: args.zones, given: args.subnets });
    this.#name = name;
    this.#tags = args.tags ?? {};

    this.#vpc = this.#createVpc(args.cidr);
    const publicRoutes = this.#createPublicRoutes();
    const subnets = allocated.map((zone) => this.#createSubnets(zone, publicRoutes.table));
    const gateways = this.#createNatGateways(args.nat ?? "per-zone", subnets, publicRoutes.internet);
    const tables = subnets.map((zone, index) => this.#createPrivateRoutes(zone, gateways[index]));
    this.#createS3Endpoint(args.region, [publicRoutes.table, ...tables]);

    this.vpcId = this.#vpc.id;
    this.vpcCidr = args.cidr;
    this.zones = subnets.map(({ zone, privateCidr, utilityCidr, privateSubnet, utilitySubnet }, index) => {
      const gateway = gateways[index];
      return {
        zone,
        privateSubnetId: privateSubnet.id,
        privateCidr,
        utilitySubnetId: utilitySubnet.id,
        utilityCidr,
        ...(gateway && { natGatewayId: gateway.id }),
      };
    });
    this.registerOutputs({ vpcId: this.vpcId, vpcCidr: this.vpcCidr, zones: this.zones });
  }

  #named(name: string): Tags {
    return { ...this.#tags, Name: name };
  }

  #createVpc(cidrBlock: string): aws.ec2.Vpc {
    const vpc = new aws.ec2.Vpc(
      this.#name,
      // kOps refuses a shared VPC without DNS support; private hosted zones need both.
      { cidrBlock, enableDnsSupport: true, enableDnsHostnames: true },
      { parent: this, ...foreignTagsSurvive },
    );
    tagEach(this.#name, vpc, this.#named(this.#name));
    return vpc;
  }

  #createPublicRoutes(): { table: aws.ec2.RouteTable; internet: aws.ec2.Route } {
    const gateway = new aws.ec2.InternetGateway(this.#name, { vpcId: this.#vpc.id, tags: this.#named(this.#name) }, { parent: this });
    const name = `${this.#name}-utility`;
    const table = new aws.ec2.RouteTable(name, { vpcId: this.#vpc.id, tags: this.#named(name) }, { parent: this });
    const internet = new aws.ec2.Route(
      name,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      { parent: this },
    );
    return { table, internet };
  }

  #createSubnets(zone: ZoneSubnets, publicTable: aws.ec2.RouteTable) {
    const utilitySubnet = this.#createSubnet("utility", zone.zone, zone.utilityCidr);
    const privateSubnet = this.#createSubnet("private", zone.zone, zone.privateCidr);
    new aws.ec2.RouteTableAssociation(
      `${this.#name}-utility-${zone.zone}`,
      { subnetId: utilitySubnet.id, routeTableId: publicTable.id },
      { parent: this },
    );
    return { ...zone, utilitySubnet, privateSubnet };
  }

  #createSubnet(kind: "utility" | "private", zone: string, cidrBlock: string): aws.ec2.Subnet {
    const name = `${this.#name}-${kind}-${zone}`;
    const subnet = new aws.ec2.Subnet(
      name,
      {
        vpcId: this.#vpc.id,
        availabilityZone: zone,
        cidrBlock,
        // Nodes are named after their instance id; kOps sets the same on subnets that it makes itself.
        privateDnsHostnameTypeOnLaunch: "resource-name",
        enableResourceNameDnsARecordOnLaunch: true,
      },
      { parent: this, ...foreignTagsSurvive },
    );
    tagEach(name, subnet, { ...this.#named(name), ...roleTags[kind] });
    return subnet;
  }

  /** For each zone the gateway its private subnet uses. */
  #createNatGateways(
    nat: Nat,
    zones: readonly { zone: string; utilitySubnet: aws.ec2.Subnet }[],
    internet: aws.ec2.Route,
  ): (aws.ec2.NatGateway | undefined)[] {
    if (nat === "none") return zones.map(() => undefined);
    const create = ({ zone, utilitySubnet }: (typeof zones)[number]) => {
      const name = `${this.#name}-nat-${zone}`;
      const address = new aws.ec2.Eip(name, { domain: "vpc", tags: this.#named(name) }, { parent: this });
      return new aws.ec2.NatGateway(
        name,
        { allocationId: address.id, subnetId: utilitySubnet.id, tags: this.#named(name) },
        // AWS fails a gateway whose subnet has no way to the internet yet.
        { parent: this, dependsOn: [internet] },
      );
    };
    if (nat === "per-zone") return zones.map(create);
    const shared = zones.slice(0, 1).map(create)[0];
    return zones.map(() => shared);
  }

  /** One table per zone even with a single gateway: a change to `per-zone` then changes routes in place. */
  #createPrivateRoutes(
    { zone, privateSubnet }: { zone: string; privateSubnet: aws.ec2.Subnet },
    gateway: aws.ec2.NatGateway | undefined,
  ): aws.ec2.RouteTable {
    const name = `${this.#name}-private-${zone}`;
    const table = new aws.ec2.RouteTable(name, { vpcId: this.#vpc.id, tags: this.#named(name) }, { parent: this });
    if (gateway) {
      new aws.ec2.Route(name, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: gateway.id }, { parent: this });
    }
    new aws.ec2.RouteTableAssociation(name, { subnetId: privateSubnet.id, routeTableId: table.id }, { parent: this });
    return table;
  }

  /** Free of charge, and keeps the state store, etcd backups and image layers in S3 off the NAT gateways. */
  #createS3Endpoint(region: string, tables: readonly aws.ec2.RouteTable[]): void {
    const name = `${this.#name}-s3`;
    new aws.ec2.VpcEndpoint(
      name,
      {
        vpcId: this.#vpc.id,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: tables.map((table) => table.id),
        tags: this.#named(name),
      },
      { parent: this },
    );
  }
}
