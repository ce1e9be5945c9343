import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { providerFor } from "../aws/other-account.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { awaitDelegation, type Waiting } from "./delegation.ts";
import type { FoundZone } from "./existing.ts";
import type { DnsOutputs } from "./outputs.ts";
import { defaultTtl, delegationRecord, fullRecordName, recordArgs } from "./records.ts";
import type { DelegationRequest, DnsRequest, RecordRequest } from "./request.ts";
import type { ZoneChange } from "./zone-changes.ts";

export interface DnsArgs {
  request: DnsRequest;
  /** Region of the network. */
  region: string;
  network: {
    vpcId: pulumi.Input<string>;
    /** Whether the VPC was made elsewhere. */
    existing: boolean;
  };
  /** For `existing`: the zone as the lookup found it. */
  zone?: FoundZone | undefined;
  /** Tags of a zone made here. @default none */
  tags?: Tags | undefined;
  /** What this run does to a zone made here. @default it is new, or stays */
  change?: ZoneChange | undefined;
  /** Whether Pulumi refuses to delete or replace a zone made here. @default false */
  protect?: boolean | undefined;
  /** How the delegation is looked up and awaited. */
  waiting: Waiting;
}

/** The hosted zone of an environment, its delegation, and records in addition to those of kOps. */
export class Dns extends pulumi.ComponentResource implements DnsOutputs {
  readonly topology: DnsOutputs["topology"];
  readonly zoneName: string;
  readonly zoneId?: pulumi.Output<string>;
  /** Only of a public zone made here. Enter them in the parent zone unless `parent` is given. */
  readonly nameServers?: pulumi.Output<string[]>;

  readonly #name: string;
  readonly #args: DnsArgs;

  constructor(name: string, args: DnsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:dns:Dns", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const { request } = args;
    this.zoneName = request.name;
    this.topology = topologyOf(request);

    if (request.type === "private") {
      const zone = this.#createPrivateZone(request);
      this.#createRecords(zone.zoneId, request.records);
      this.zoneId = zone.zoneId;
    } else if (request.type === "public") {
      const zone = this.#createPublicZone(request);
      const delegated = this.#delegate(zone, request.parent);
      this.#createRecords(zone.zoneId, request.records);
      this.nameServers = zone.nameServers;
      this.zoneId = this.#whenDelegated(zone.zoneId, zone.nameServers, request.delegation, delegated);
    } else if (request.type === "existing") {
      this.zoneId = this.#useExisting(request);
    }
    this.registerOutputs({ zoneName: this.zoneName, zoneId: this.zoneId, nameServers: this.nameServers });
  }

  #zoneArgs(forceDestroy: boolean | undefined): aws.route53.ZoneArgs {
    const { request, tags } = this.#args;
    return {
      name: request.name,
      comment: `Clusters of ${this.#name}`,
      ...(forceDestroy !== undefined && { forceDestroy }),
      tags: { ...tags, Name: request.name },
    };
  }

  get #zoneOptions(): pulumi.CustomResourceOptions {
    const { protect, change } = this.#args;
    return {
      parent: this,
      ...(protect === true && { protect }),
      ...(change?.replaced === true && { replaceOnChanges: ["vpcs"] }),
    };
  }

  #createPrivateZone(request: Extract<DnsRequest, { type: "private" }>): aws.route53.Zone {
    const { network, change } = this.#args;
    const zone = new aws.route53.Zone(
      this.#name,
      { ...this.#zoneArgs(request.forceDestroy), vpcs: [{ vpcId: network.vpcId }] },
      // Route 53 makes a private zone with its first VPC. Later VPCs are separate associations: with this list, the
      // resource would remove them again, and those that others make.
      { ...this.#zoneOptions, ...(change?.replaced !== true && { ignoreChanges: ["vpcs"] }) },
    );
    if (change?.associated === true) this.#associate("vpc", zone.zoneId, network.vpcId);
    for (const { vpcId, region } of request.vpcs ?? []) this.#associate(vpcId, zone.zoneId, vpcId, region);
    return zone;
  }

  /** Lets another VPC resolve the private zone. */
  #associate(
    name: string,
    zoneId: pulumi.Output<string>,
    vpcId: pulumi.Input<string>,
    region = this.#args.region,
  ): void {
    new aws.route53.ZoneAssociation(`${this.#name}-${name}`, { zoneId, vpcId, vpcRegion: region }, { parent: this });
  }

  #createPublicZone(request: Extract<DnsRequest, { type: "public" }>): aws.route53.Zone {
    return new aws.route53.Zone(this.#name, this.#zoneArgs(request.forceDestroy), this.#zoneOptions);
  }

  /** The NS record in the parent zone. */
  #delegate(
    zone: aws.route53.Zone,
    parentZone: Extract<DnsRequest, { type: "public" }>["parent"],
  ): pulumi.Output<unknown> {
    if (!parentZone) return pulumi.output(undefined);
    const provider =
      parentZone.role === undefined
        ? undefined
        : providerFor(
            `${this.#name}-parent`,
            {
              role: parentZone.role,
              externalId: parentZone.externalId,
              region: this.#args.region,
              session: "pilot-dns",
            },
            this,
          );
    const options = { parent: this, ...(provider && { provider }) };
    const zoneId = parentZone.zone.includes(".")
      ? aws.route53.getZoneOutput({ name: parentZone.zone, privateZone: false }, options).zoneId
      : parentZone.zone;
    const record = new aws.route53.Record(
      `${this.#name}-${delegationRecord}`,
      { zoneId, name: this.zoneName, type: "NS", ttl: defaultTtl, records: zone.nameServers },
      options,
    );
    return record.fqdn;
  }

  /** The zone's id, once the zone is delegated: everything that needs the zone waits for it. */
  #whenDelegated(
    zoneId: pulumi.Output<string>,
    nameServers: pulumi.Output<string[]>,
    request: DelegationRequest = {},
    after: pulumi.Output<unknown> = pulumi.output(undefined),
  ): pulumi.Output<string> {
    return pulumi.all([zoneId, nameServers, after]).apply(async ([id, servers]) => {
      await awaitDelegation(this.zoneName, servers, request, this.#args.waiting);
      return id;
    });
  }

  #useExisting(request: Extract<DnsRequest, { type: "existing" }>): pulumi.Output<string> {
    const { zone, network } = this.#args;
    if (!zone) throw new Error("an existing zone must be looked up first");
    const zoneId = pulumi.output(zone.id);
    this.#createRecords(zoneId, request.records);
    if (!zone.private) return this.#whenDelegated(zoneId, pulumi.output(zone.nameServers), request.delegation);
    if (request.associate ?? !network.existing) this.#associate("vpc", zoneId, network.vpcId);
    return zoneId;
  }

  #createRecords(zoneId: pulumi.Output<string>, records: Readonly<Record<string, RecordRequest>> = {}): void {
    for (const [name, request] of Object.entries(records)) {
      new aws.route53.Record(
        `${this.#name}-${name}`,
        { zoneId, name: fullRecordName(name, this.zoneName), ...recordArgs(request, this.zoneName) },
        { parent: this },
      );
    }
  }
}

function topologyOf(request: DnsRequest): DnsOutputs["topology"] {
  if (request.type === "none") return "None";
  const visibility = request.type === "existing" ? request.visibility : request.type;
  return visibility === "public" ? "Public" : "Private";
}
