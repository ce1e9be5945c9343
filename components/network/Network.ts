import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { pathText, problemsError } from "../config/problems.ts";
import { foreignTagsSurvive, tagEach, type Tags } from "../tags/makers.ts";
import { completeDhcpOptions, type DhcpOptionsRequest } from "./dhcp-options.ts";
import type { EndpointsRequest } from "./endpoints.ts";
import { defaultRetentionDays, flowLogPolicy, flowLogTrust, trafficTypes, type FlowLogsRequest } from "./flow-logs.ts";
import { anyIpv6, ipv6Subnet } from "./ipv6.ts";
import type { NetworkOutputs, NetworkZone } from "./outputs.ts";
import type { PeerRequest } from "./peers.ts";
import { newNetworkProblems } from "./problems.ts";
import { rangeAround } from "./ranges.ts";
import { roleTag, type SubnetKind } from "./subnet-tags.ts";
import { allocateSubnets, defaultCidr, type Topology, type ZoneCidrs, type ZoneSubnets } from "./subnets.ts";
import { VpcPeering } from "./VpcPeering.ts";

/**
 * How private subnets reach the internet.
 *
 * - `per-zone`: one NAT gateway in each zone. A zone that fails takes no other with it. About USD 43 a month for each
 *   gateway in ap-southeast-2, plus data.
 * - `single`: one NAT gateway in the first zone. A third of the cost with three zones, but when its zone fails nodes in
 *   all zones lose the internet (no images, no AWS APIs but S3), and traffic of the other zones pays the zone crossing.
 * - `none`: private subnets reach S3 and what else has an endpoint. Nodes cannot bootstrap unless images and APIs come
 *   from
 *   elsewhere.
 */
export type Nat = "per-zone" | "single" | "none";

export interface NetworkArgs {
  /** AWS region, for the service names of endpoints. */
  region: string;
  /**
   * IPv4 range of the VPC, /16 to /22. Changing it replaces the network: not possible while clusters live in it.
   * @default 10.20.0.0/16
   */
  cidr?: string | undefined;
  /**
   * Further IPv4 ranges of the VPC, /16 to /28, at most four. Subnets given by zone may lie in them; computed ones stay
   * where they are. Adding one changes nothing else; removing one that subnets lie in is refused.
   * @default none
   */
  secondaryCidrs?: readonly string[] | undefined;
  /**
   * IPv6 beside IPv4: a /56 of Amazon's, a /64 of it for each subnet and an address for each network interface made
   * from then on (kOps asks for none for its nodes), a way out for both kinds of subnets, none into the private ones.
   * Free of charge. Turned on, it adds and changes in place; turned off, AWS refuses until the subnets' ranges are
   * taken off by hand.
   * @default false
   */
  ipv6?: boolean | undefined;
  /** Zones by full name, one to all of the region. Adding one changes none of the others. */
  zones: readonly string[];
  /** @default "private" */
  topology?: Topology | undefined;
  /** @default "per-zone"; in the topology `public` there is none */
  nat?: Nat | undefined;
  /** Ranges given for single zones. @default computed, see {@link allocateSubnets} */
  subnets?: Readonly<Record<string, ZoneCidrs>> | undefined;
  /** Ways to AWS services beside the gateway endpoint for S3. @default none */
  endpoints?: EndpointsRequest | undefined;
  /** @default none */
  flowLogs?: FlowLogsRequest | undefined;
  /** What hosts are told by DHCP. @default AWS's own: its resolver and the domain of the region */
  dhcpOptions?: DhcpOptionsRequest | undefined;
  /** VPCs to be peered with, by a name that stays. @default none */
  peerings?: Readonly<Record<string, PeerRequest>> | undefined;
  /** Tags for everything made here, beside `Name`. @default none */
  tags?: Tags | undefined;
}

/**
 * VPC with a utility and a private subnet in each zone, or with utility subnets only.
 *
 * Everything but tags and peerings is a direct child: what depends on a component waits for its direct children only,
 * and a cluster needs the routes, too.
 */
export class Network extends pulumi.ComponentResource implements NetworkOutputs {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly secondaryCidrs: readonly string[];
  readonly ipv6Cidr?: pulumi.Output<string>;
  readonly zones: NetworkZone[];

  readonly #name: string;
  readonly #region: string;
  readonly #tags: Tags;
  readonly #vpc: aws.ec2.Vpc;
  /** By further range, what makes it one of the VPC. */
  readonly #ranges: Readonly<Record<string, aws.ec2.VpcIpv4CidrBlockAssociation>>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:network:Network", name, {}, opts);
    validateNetwork(name, args);
    const { cidr = defaultCidr, secondaryCidrs = [] } = args;
    const topology = args.topology ?? "private";
    this.#name = name;
    this.#region = args.region;
    this.#tags = args.tags ?? {};

    this.#vpc = this.#createVpc(cidr, args.ipv6 === true);
    if (args.ipv6 === true) this.ipv6Cidr = this.#vpc.ipv6CidrBlock;
    this.#ranges = this.#createRanges(secondaryCidrs);
    if (args.dhcpOptions) this.#createDhcpOptions(args.dhcpOptions);
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
    if (args.ipv6 === true) this.#createIpv6Routes(publicRoutes, privateTables);
    const tables = { utility: publicRoutes.table, ...Object.fromEntries(privateTables) };
    this.#createGatewayEndpoint("s3", tables);
    if (args.endpoints?.dynamodb === true) this.#createGatewayEndpoint("dynamodb", tables);
    const nodeSubnets = subnets.map(({ privateSubnet, utilitySubnet }) => privateSubnet ?? utilitySubnet);
    this.#createInterfaceEndpoints(args.endpoints?.interfaces ?? [], [cidr, ...secondaryCidrs], nodeSubnets);
    if (args.flowLogs) this.#createFlowLogs(args.flowLogs);
    this.#createPeerings(args.peerings ?? {}, { vpcCidr: cidr, secondaryCidrs }, tables);

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
      zones: this.zones,
    });
  }

  #named(name: string): Tags {
    return { ...this.#tags, Name: name };
  }

  #createVpc(cidrBlock: string, ipv6: boolean): aws.ec2.Vpc {
    const vpc = new aws.ec2.Vpc(
      this.#name,
      // kOps refuses a shared VPC without DNS support; private hosted zones need both.
      {
        cidrBlock,
        enableDnsSupport: true,
        enableDnsHostnames: true,
        ...(ipv6 && { assignGeneratedIpv6CidrBlock: true }),
      },
      { parent: this, ...foreignTagsSurvive },
    );
    tagEach(this.#name, vpc, this.#named(this.#name));
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

  #createDhcpOptions(request: DhcpOptionsRequest): void {
    const name = `${this.#name}-dhcp`;
    const options = new aws.ec2.VpcDhcpOptions(
      name,
      { ...completeDhcpOptions(request, this.#region), tags: this.#named(name) },
      { parent: this },
    );
    new aws.ec2.VpcDhcpOptionsAssociation(
      name,
      { vpcId: this.#vpc.id, dhcpOptionsId: options.id },
      // Its id is made of both ids: changed in place, a refresh would not find it any more. Its deletion gives the VPC
      // AWS's own options, so that it has to come first.
      { parent: this, replaceOnChanges: ["dhcpOptionsId"], deleteBeforeReplace: true },
    );
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
   * IPv6 addresses need no translation: whatever `nat` says, private subnets have this way out, which lets nobody in.
   */
  #createIpv6Routes(
    { gateway, table }: { gateway: aws.ec2.InternetGateway; table: aws.ec2.RouteTable },
    privateTables: readonly (readonly [string, aws.ec2.RouteTable])[],
  ): void {
    const create = (
      key: string,
      routeTable: aws.ec2.RouteTable,
      way: { gatewayId: pulumi.Output<string> } | { egressOnlyGatewayId: pulumi.Output<string> },
    ): void => {
      new aws.ec2.Route(
        `${this.#name}-${key}-ipv6`,
        { routeTableId: routeTable.id, destinationIpv6CidrBlock: anyIpv6, ...way },
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
    // Without private subnets internal load balancers go where the public ones go, as kOps itself tags such subnets.
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
        // Nodes are named after their instance id; kOps sets the same on subnets that it makes itself.
        privateDnsHostnameTypeOnLaunch: "resource-name",
        enableResourceNameDnsARecordOnLaunch: true,
      },
      { parent: this, ...foreignTagsSurvive, ...(association && { dependsOn: [association] }) },
    );
    tagEach(name, subnet, { ...this.#named(name), ...Object.fromEntries(roles.map((role) => [roleTag[role], "1"])) });
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
      new aws.ec2.Route(
        name,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: gateway.id },
        { parent: this },
      );
    }
    new aws.ec2.RouteTableAssociation(name, { subnetId: privateSubnet.id, routeTableId: table.id }, { parent: this });
    return table;
  }

  /**
   * Free of charge. That for S3 keeps the state store, etcd backups and image layers off the NAT gateways. Each route
   * table has a resource of its own: a zone that is added changes nothing that is there.
   */
  #createGatewayEndpoint(service: "s3" | "dynamodb", tables: Readonly<Record<string, aws.ec2.RouteTable>>): void {
    const name = `${this.#name}-${service}`;
    const endpoint = new aws.ec2.VpcEndpoint(
      name,
      {
        vpcId: this.#vpc.id,
        serviceName: this.#serviceName(service),
        vpcEndpointType: "Gateway",
        tags: this.#named(name),
      },
      { parent: this },
    );
    for (const [key, table] of Object.entries(tables)) {
      new aws.ec2.VpcEndpointRouteTableAssociation(
        `${name}-${key}`,
        { vpcEndpointId: endpoint.id, routeTableId: table.id },
        { parent: this },
      );
    }
  }

  #serviceName(service: string): string {
    return `com.amazonaws.${this.#region}.${service}`;
  }

  #createInterfaceEndpoints(
    services: readonly string[],
    [cidr, ...further]: readonly [string, ...string[]],
    subnets: readonly aws.ec2.Subnet[],
  ): void {
    if (services.length === 0) return;
    const groupName = `${this.#name}-endpoints`;
    const group = new aws.ec2.SecurityGroup(
      groupName,
      { vpcId: this.#vpc.id, description: "AWS services inside the VPC", tags: this.#named(groupName) },
      { parent: this },
    );
    const sources = [
      { name: groupName, cidrIpv4: cidr },
      ...further.map((range) => ({ name: `${groupName}-${range}`, cidrIpv4: range })),
      ...(this.ipv6Cidr ? [{ name: `${groupName}-ipv6`, cidrIpv6: this.ipv6Cidr }] : []),
    ];
    const rules = sources.map(
      ({ name, ...source }) =>
        new aws.vpc.SecurityGroupIngressRule(
          name,
          {
            securityGroupId: group.id,
            ipProtocol: "tcp",
            fromPort: 443,
            toPort: 443,
            ...source,
            description: "HTTPS from the VPC",
            tags: this.#named(name),
          },
          { parent: this },
        ),
    );
    for (const service of services) {
      const name = `${this.#name}-interface-${service}`;
      new aws.ec2.VpcEndpoint(
        name,
        {
          vpcId: this.#vpc.id,
          serviceName: this.#serviceName(service),
          vpcEndpointType: "Interface",
          // The service's public name leads here from now on, for everybody in the VPC.
          privateDnsEnabled: true,
          securityGroupIds: [group.id],
          subnetIds: subnets.map((subnet) => subnet.id),
          tags: this.#named(name),
        },
        // With private DNS on and the port still closed nobody in the VPC would reach the service.
        { parent: this, dependsOn: rules },
      );
    }
  }

  #createFlowLogs(request: FlowLogsRequest): void {
    const name = `${this.#name}-flow-logs`;
    const common = {
      vpcId: this.#vpc.id,
      trafficType: trafficTypes[request.traffic ?? "all"],
      maxAggregationInterval: request.interval ?? 600,
      tags: this.#named(name),
    };
    if (request.to === "s3") {
      new aws.ec2.FlowLog(
        name,
        { ...common, logDestinationType: "s3", logDestination: request.bucketArn },
        { parent: this, deleteBeforeReplace: true },
      );
      return;
    }
    const group = new aws.cloudwatch.LogGroup(
      name,
      { retentionInDays: request.retentionDays ?? defaultRetentionDays, tags: this.#named(name) },
      { parent: this },
    );
    const role = new aws.iam.Role(
      name,
      { assumeRolePolicy: this.#vpc.ownerId.apply(flowLogTrust), tags: this.#named(name) },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: group.arn.apply(flowLogPolicy) },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      name,
      { ...common, logDestinationType: "cloud-watch-logs", logDestination: group.arn, iamRoleArn: role.arn },
      // A flow log that may not write yet is made, and stays silent. AWS refuses a second one to the same place.
      { parent: this, dependsOn: [policy], deleteBeforeReplace: true },
    );
  }

  #createPeerings(
    peers: Readonly<Record<string, PeerRequest>>,
    ranges: { vpcCidr: string; secondaryCidrs: readonly string[] },
    tables: Readonly<Record<string, aws.ec2.RouteTable>>,
  ): void {
    const routeTables = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.id]));
    for (const [peerName, peer] of Object.entries(peers)) {
      new VpcPeering(
        `${this.#name}-peer-${peerName}`,
        { vpcId: this.#vpc.id, ...ranges, region: this.#region, routeTables, peer, tags: this.#tags },
        { parent: this },
      );
    }
  }
}

/** Throws one error with all that is wrong, before any resource of AWS is registered. */
function validateNetwork(name: string, args: NetworkArgs): void {
  const problems = newNetworkProblems(args).map(({ path, message }) => ({
    source: `network ${name}`,
    path: pathText(path),
    message,
  }));
  if (problems.length > 0) throw problemsError(`The network ${name} cannot be made`, problems);
}
