import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { pathText, problemsError, type Issue } from "../config/problems.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { lookupWith } from "./delegation.ts";
import { Dns } from "./Dns.ts";
import { associationProblems, existingZoneProblems, lookupZone, type FoundZone } from "./existing.ts";
import { dnsProblems } from "./problems.ts";
import type { DnsRequest } from "./request.ts";
import { zoneChange, type ZoneBefore } from "./zone-changes.ts";

export interface CreateDnsArgs {
  request: DnsRequest;
  /** For `existing`: the result of {@link findZone}. */
  zone?: FoundZone | undefined;
  region: string;
  network: {
    vpcId: pulumi.Input<string>;
    /** Id of a VPC made elsewhere. @default the VPC is made here */
    existingVpcId?: string | undefined;
    /** Id of the VPC if it exists and stays, or was made elsewhere. @default this run makes it */
    keptVpcId?: string | undefined;
  };
  /** The zone that the stack made before. @default none */
  before?: ZoneBefore | undefined;
  /** Full names of the clusters of the stack. @default none */
  clusters?: readonly string[] | undefined;
  /** Tags of a zone made here. @default none */
  tags?: Tags | undefined;
  /** Whether Pulumi refuses to delete or replace a zone made here. @default false */
  protect?: boolean | undefined;
}

function refuse(name: string, problems: readonly Issue[]): void {
  if (problems.length === 0) return;
  const all = problems.map(({ path, message }) => ({ source: "pilot:dns", path: pathText(path), message }));
  throw problemsError(`The DNS of ${name} cannot be used`, all);
}

/** Lookups use the provider that will make the records. */
function invokeOptions(opts: pulumi.ComponentResourceOptions | undefined): pulumi.InvokeOptions {
  return { ...(opts?.parent && { parent: opts.parent }), ...(opts?.provider && { provider: opts.provider }) };
}

/**
 * The existing zone of a request; undefined for other requests. Throws one error with all problems. Registers nothing.
 */
export async function findZone(
  name: string,
  request: DnsRequest,
  opts?: pulumi.ComponentResourceOptions,
): Promise<FoundZone | undefined> {
  if (request.type !== "existing") return undefined;
  const { found, problems } = await lookupZone(request, invokeOptions(opts));
  refuse(name, found ? existingZoneProblems(request, found) : problems);
  return found;
}

/** Throws if an existing VPC cannot resolve an existing private zone. Registers nothing. */
export async function checkZone(
  name: string,
  {
    request,
    zone,
    existingVpcId,
  }: { request: DnsRequest; zone: FoundZone | undefined; existingVpcId: string | undefined },
  opts?: pulumi.ComponentResourceOptions,
): Promise<void> {
  if (request.type === "existing" && zone)
    refuse(name, await associationProblems(request, zone, existingVpcId, invokeOptions(opts)));
}

/**
 * The DNS of an environment, with a new or an existing zone. Throws one error with all problems, before it registers.
 */
export async function createDns(
  name: string,
  { request, zone, region, network, clusters = [], tags, protect, before }: CreateDnsArgs,
  opts?: pulumi.ComponentResourceOptions,
): Promise<Dns> {
  refuse(name, dnsProblems(request, clusters));
  await checkZone(name, { request, zone, existingVpcId: network.existingVpcId }, opts);
  const resolvers =
    request.type === "public" || request.type === "existing" ? request.delegation?.resolvers : undefined;
  const waiting = {
    preview: pulumi.runtime.isDryRun(),
    lookUp: lookupWith(resolvers),
    say: (line: string) => {
      void pulumi.log.info(line);
    },
    now: Date.now,
    sleep: (milliseconds: number) => sleep(milliseconds),
  };
  return new Dns(
    name,
    {
      request,
      region,
      network: { vpcId: network.vpcId, existing: network.existingVpcId !== undefined },
      zone,
      tags,
      change: zoneChange(before, {
        name: request.name,
        private: request.type === "private",
        vpcId: network.existingVpcId ?? network.keptVpcId,
      }),
      protect,
      waiting,
    },
    opts,
  );
}
