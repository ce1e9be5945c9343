import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { pathText, problemsError } from "../config/problems.ts";
import { foreignTagsSurvive, tagEach, type Tags } from "../tags/subnet-tags.ts";
import { createDhcpOptions } from "./dhcp-options.ts";
import { createGatewayEndpoint, createInterfaceEndpoints } from "./endpoints.ts";
import { createFlowLogs } from "./flow-logs.ts";
import { natGateways, type Nat } from "./nat.ts";
import { anyIpv6, ipv6Subnet, nat64Prefix } from "./model/ipv6.ts";
import type { MadeZone, NetworkOutputs } from "./model/outputs.ts";
import { rangeAround } from "./model/ranges.ts";
import { allocateSubnets, defaultCidr, type ZoneSubnets } from "./model/subnets.ts";
import type { PeerRequest } from "./peers.ts";
import { forIpv6Clusters, newNetworkProblems, type NewNetworkRequest } from "./request.ts";
import { roleTag, type SubnetKind } from "../tags/keys.ts";
import type { NetworkVpc } from "./vpc.ts";
import { VpcPeering, type VpcPeeringArgs } from "./VpcPeering.ts";

/** {@link NewNetworkRequest}: its schema describes each key, with default, cost and what a change does. */
export type NetworkArgs = NewNetworkRequest & {
  /** AWS region, for the service names of endpoints. */
  region: string;
  /** Tags for everything made here, beside `Name`. @default none */
  tags?: Tags | undefined;
  /** The AWS plugin's default tags: VPC and subnets follow their changes by single tags. @default none */
  defaultTags?: Tags | undefined;
  /** Whether Pulumi refuses to delete or replace the VPC. @default false */
  protect?: boolean | undefined;
};

/**
 * VPC with a utility and a private subnet in each zone, or with utility subnets only.
 *
 * Everything except tags and peerings is a direct child: a resource that depends on a component waits only for its
 * direct children, and a cluster also needs the routes.
 */
export class Network extends pulumi.ComponentResource implements NetworkOutputs {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly secondaryCidrs: readonly string[];
  readonly ipv6Cidr?: pulumi.Output<string>;
  readonly ipv6Clusters?: boolean;
  readonly zones: MadeZone[];
  readonly natAddresses?: pulumi.Output<string[]>;

  readonly #name: string;
  readonly #tags: Tags;
  readonly #defaultTags: Tags;
  readonly #vpc: aws.ec2.Vpc;
  /** Public addresses of the NAT gateways, in the order of the zones. */
  readonly #natAddresses: pulumi.Output<string>[] = [];
  /** By additional range, its association with the VPC. */
  readonly #ranges: Readonly<Record<string, aws.ec2.VpcIpv4CidrBlockAssociation>>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:network:Network", name, {}, opts);
    validateNetwork(name, args);
    const { cidr = defaultCidr, secondaryCidrs = [] } = args;
    const topology = args.topology ?? "private";
    this.#name = name;
    this.#tags = args.tags ?? {};
    this.#defaultTags = args.defaultTags ?? {};

    const { ipv6 = false } = args;
    this.#vpc = this.#createVpc(cidr, ipv6 !== false, args.protect);
    if (ipv6 !== false) this.ipv6Cidr = this.#vpc.ipv6CidrBlock;
    if (ipv6 === forIpv6Clusters) this.ipv6Clusters = true;
    this.#ranges = this.#createRanges(secondaryCidrs);
    const made: NetworkVpc = {
      name,
      region: args.region,
      vpc: this.#vpc,
      ipv6Cidr: this.ipv6Cidr,
      named: (one) => this.#named(one),
      parent: this,
    };
    if (args.dhcpOptions) createDhcpOptions(args.dhcpOptions, made);
    const publicRoutes = this.#createPublicRoutes();
    const allocated = allocateSubnets({
      vpcCidr: cidr,
      secondaryCidrs,
      zones: args.zones,
      given: args.subnets,
      topology,
    });
    const subnets = allocated.map((zone) => this.#createSubnets(zone, publicRoutes.table));
    const gateways = this.#createNatGateways(
      topology === "public" ? "none" : (args.nat ?? "per-zone"),
      subnets,
      publicRoutes.internet,
    );
    const privateTables = subnets.flatMap((zone, index) => {
      const { privateSubnet } = zone;
      return privateSubnet
        ? [[`private-${zone.zone}`, this.#createPrivateRoutes({ ...zone, privateSubnet }, gateways[index])] as const]
        : [];
    });
    if (ipv6 !== false) this.#createIpv6Routes(publicRoutes, privateTables);
    const tables = { utility: publicRoutes.table, ...Object.fromEntries(privateTables) };
    createGatewayEndpoint("s3", made, tables);
    if (args.endpoints?.dynamodb === true) createGatewayEndpoint("dynamodb", made, tables);
    const nodeSubnets = subnets.map(({ privateSubnet, utilitySubnet }) => privateSubnet ?? utilitySubnet);
    createInterfaceEndpoints(args.endpoints?.interfaces ?? [], made, [cidr, ...secondaryCidrs], nodeSubnets);
    if (args.flowLogs) createFlowLogs(args.flowLogs, made);
    this.#createPeerings(args.peerings ?? {}, { vpcCidr: cidr, secondaryCidrs, region: args.region }, tables);

    if (this.#natAddresses.length > 0) this.natAddresses = pulumi.all(this.#natAddresses);
    this.vpcId = this.#vpc.id;
    this.vpcCidr = cidr;
    this.secondaryCidrs = secondaryCidrs;
    this.zones = subnets.map(({ zone, privateCidr, utilityCidr, privateSubnet, utilitySubnet }, index) => {
      const gateway = gateways[index];
      return {
        zone,
        ...(privateSubnet && privateCidr !== undefined && { privateSubnetId: privateSubnet.id, privateCidr }),
        utilitySubnetId: utilitySubnet.id,
        utilityCidr,
        ...(this.ipv6Cidr && {
          utilityIpv6Cidr: utilitySubnet.ipv6CidrBlock,
          ...(privateSubnet && { privateIpv6Cidr: privateSubnet.ipv6CidrBlock }),
        }),
        ...(gateway && { natGatewayId: gateway.id }),
      };
    });
    this.registerOutputs({
      vpcId: this.vpcId,
      vpcCidr: this.vpcCidr,
      secondaryCidrs: this.secondaryCidrs,
      ...(this.ipv6Cidr && { ipv6Cidr: this.ipv6Cidr }),
      ...(this.ipv6Clusters === true && { ipv6Clusters: true }),
      zones: this.zones,
    });
  }

  #named(name: string): Tags {
    return { ...this.#tags, Name: name };
  }

  #createVpc(cidrBlock: string, ipv6: boolean, protect = false): aws.ec2.Vpc {
    const tags = this.#named(this.#name);
    const vpc = new aws.ec2.Vpc(
      this.#name,
      // kOps refuses a shared VPC without DNS support; private hosted zones need both.
      {
        cidrBlock,
        enableDnsSupport: true,
        enableDnsHostnames: true,
        ...(ipv6 && { assignGeneratedIpv6CidrBlock: true }),
        tags,
      },
      { parent: this, ...foreignTagsSurvive, ...(protect && { protect }) },
    );
    tagEach(this.#name, vpc, { ...this.#defaultTags, ...tags });
    return vpc;
  }

  #createRanges(cidrs: readonly string[]): Record<string, aws.ec2.VpcIpv4CidrBlockAssociation> {
    const create = (cidrBlock: string) =>
      new aws.ec2.VpcIpv4CidrBlockAssociation(
        `${this.#name}-${cidrBlock}`,
        { vpcId: this.#vpc.id, cidrBlock },
        { parent: this },
      );
    return Object.fromEntries(cidrs.map((cidr) => [cidr, create(cidr)]));
  }

  #createPublicRoutes(): { gateway: aws.ec2.InternetGateway; table: aws.ec2.RouteTable; internet: aws.ec2.Route } {
    const gateway = new aws.ec2.InternetGateway(
      this.#name,
      { vpcId: this.#vpc.id, tags: this.#named(this.#name) },
      { parent: this },
    );
    const name = `${this.#name}-utility`;
    const table = new aws.ec2.RouteTable(name, { vpcId: this.#vpc.id, tags: this.#named(name) }, { parent: this });
    const internet = new aws.ec2.Route(
      name,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      { parent: this },
    );
    return { gateway, table, internet };
  }

  /**
   * IPv6 addresses need no translation: whatever `nat` is, private subnets get this route out, which lets nobody in.
   */
  #createIpv6Routes(
    { gateway, table }: { gateway: aws.ec2.InternetGateway; table: aws.ec2.RouteTable },
    privateTables: readonly (readonly [string, aws.ec2.RouteTable])[],
  ): void {
    const create = (
      key: string,
      routeTable: aws.ec2.RouteTable,
      target: { gatewayId: pulumi.Output<string> } | { egressOnlyGatewayId: pulumi.Output<string> },
    ): void => {
      new aws.ec2.Route(
        `${this.#name}-${key}-ipv6`,
        { routeTableId: routeTable.id, destinationIpv6CidrBlock: anyIpv6, ...target },
        { parent: this },
      );
    };
    create("utility", table, { gatewayId: gateway.id });
    if (privateTables.length === 0) return;
    const egress = new aws.ec2.EgressOnlyInternetGateway(
      this.#name,
      { vpcId: this.#vpc.id, tags: this.#named(this.#name) },
      { parent: this },
    );
    for (const [key, routeTable] of privateTables) create(key, routeTable, { egressOnlyGatewayId: egress.id });
  }

  #createSubnets(zone: ZoneSubnets, publicTable: aws.ec2.RouteTable) {
    const { privateCidr } = zone;
    // Without private subnets, internal load balancers share the utility subnets: kOps tags such subnets like this.
    const roles: SubnetKind[] = privateCidr === undefined ? ["utility", "private"] : ["utility"];
    const utilitySubnet = this.#createSubnet("utility", zone.zone, zone.utilityCidr, roles);
    const privateSubnet =
      privateCidr === undefined ? undefined : this.#createSubnet("private", zone.zone, privateCidr, ["private"]);
    new aws.ec2.RouteTableAssociation(
      `${this.#name}-utility-${zone.zone}`,
      { subnetId: utilitySubnet.id, routeTableId: publicTable.id },
      { parent: this },
    );
    return { ...zone, utilitySubnet, privateSubnet };
  }

  #createSubnet(kind: SubnetKind, zone: string, cidrBlock: string, roles: readonly SubnetKind[]): aws.ec2.Subnet {
    const name = `${this.#name}-${kind}-${zone}`;
    const range = rangeAround(Object.keys(this.#ranges), cidrBlock);
    const association = range === undefined ? undefined : this.#ranges[range];
    const tags = { ...this.#named(name), ...Object.fromEntries(roles.map((role) => [roleTag[role], "1"])) };
    const subnet = new aws.ec2.Subnet(
      name,
      {
        vpcId: this.#vpc.id,
        availabilityZone: zone,
        cidrBlock,
        ...(this.ipv6Cidr && {
          ipv6CidrBlock: this.ipv6Cidr.apply((range) => ipv6Subnet(range, kind, zone)),
          assignIpv6AddressOnCreation: true,
        }),
        // Nodes are named after their instance id; kOps sets the same on its own subnets.
        privateDnsHostnameTypeOnLaunch: "resource-name",
        enableResourceNameDnsARecordOnLaunch: true,
        ...(this.ipv6Clusters === true && { enableResourceNameDnsAaaaRecordOnLaunch: true }),
        tags,
      },
      { parent: this, ...foreignTagsSurvive, ...(association && { dependsOn: [association] }) },
    );
    tagEach(name, subnet, { ...this.#defaultTags, ...tags });
    return subnet;
  }

  /** For each zone, the gateway of its private subnet. */
  #createNatGateways(
    request: Nat,
    zones: readonly { zone: string; utilitySubnet: aws.ec2.Subnet }[],
    internet: aws.ec2.Route,
  ): (aws.ec2.NatGateway | undefined)[] {
    const { mode, addresses } = natGateways(request);
    if (mode === "none") return zones.map(() => undefined);
    const create = ({ zone, utilitySubnet }: (typeof zones)[number], index: number) => {
      const name = `${this.#name}-nat-${zone}`;
      const allocationId = this.#natAddress(name, addresses[index]);
      return new aws.ec2.NatGateway(
        name,
        { allocationId, subnetId: utilitySubnet.id, tags: this.#named(name) },
        // AWS refuses a gateway in a subnet that has no route to the internet yet.
        { parent: this, dependsOn: [internet] },
      );
    };
    if (mode === "per-zone") return zones.map(create);
    const shared = zones.slice(0, 1).map(create)[0];
    return zones.map(() => shared);
  }

  /** Allocation id of a gateway's address: the given one, else one made here. */
  #natAddress(name: string, given: string | undefined): pulumi.Input<string> {
    if (given !== undefined) {
      this.#natAddresses.push(aws.ec2.getElasticIpOutput({ id: given }, { parent: this }).publicIp);
      return given;
    }
    const address = new aws.ec2.Eip(name, { domain: "vpc", tags: this.#named(name) }, { parent: this });
    this.#natAddresses.push(address.publicIp);
    return address.id;
  }

  /** One table per zone, even with a single gateway: a change to `per-zone` then changes routes in place. */
  #createPrivateRoutes(
    { zone, privateSubnet }: { zone: string; privateSubnet: aws.ec2.Subnet },
    gateway: aws.ec2.NatGateway | undefined,
  ): aws.ec2.RouteTable {
    const name = `${this.#name}-private-${zone}`;
    const table = new aws.ec2.RouteTable(name, { vpcId: this.#vpc.id, tags: this.#named(name) }, { parent: this });
    if (gateway) {
      const translated = { routeTableId: table.id, natGatewayId: gateway.id };
      new aws.ec2.Route(name, { ...translated, destinationCidrBlock: "0.0.0.0/0" }, { parent: this });
      // Pods of IPv6 clusters have no IPv4 address: for names without IPv6 address, CoreDNS gives them one of these.
      if (this.ipv6Clusters === true) {
        const nat64 = { ...translated, destinationIpv6CidrBlock: nat64Prefix };
        new aws.ec2.Route(`${name}-nat64`, nat64, { parent: this });
      }
    }
    new aws.ec2.RouteTableAssociation(name, { subnetId: privateSubnet.id, routeTableId: table.id }, { parent: this });
    return table;
  }

  #createPeerings(
    peers: Readonly<Record<string, PeerRequest>>,
    place: Pick<VpcPeeringArgs, "vpcCidr" | "secondaryCidrs" | "region">,
    tables: Readonly<Record<string, aws.ec2.RouteTable>>,
  ): void {
    const routeTables = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.id]));
    for (const [peerName, peer] of Object.entries(peers)) {
      new VpcPeering(
        `${this.#name}-peer-${peerName}`,
        { ...place, vpcId: this.#vpc.id, routeTables, peer, tags: this.#tags },
        { parent: this },
      );
    }
  }
}

/** Throws one error with all problems, before any AWS resource is registered. */
function validateNetwork(name: string, args: NetworkArgs): void {
  const problems = newNetworkProblems(args).map(({ path, message }) => ({
    source: `network ${name}`,
    path: pathText(path),
    message,
  }));
  if (problems.length > 0) throw problemsError(`The network ${name} cannot be made`, problems);
}
