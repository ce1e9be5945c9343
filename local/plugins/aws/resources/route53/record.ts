import type {
  ResourceRecordSet,
  ResourceRecordSetFailover,
  ResourceRecordSetRegion,
  RRType,
} from "@aws-sdk/client-route-53";
import type { CheckFailure } from "../../../protocol/provider.ts";
import type { Props } from "../../../protocol/values.ts";
import { bool, needText, number, objects, text, texts, type Context, type Handler } from "../../shared/handler.ts";
import { bareId, changeRecords, dnsName, route53Of } from "./shared.ts";

const POLICIES = [
  "failoverRoutingPolicies",
  "geolocationRoutingPolicies",
  "latencyRoutingPolicies",
  "multivalueAnswerRoutingPolicy",
  "weightedRoutingPolicies",
];

export const handler: Handler = {
  token: "aws:route53/record:Record",
  source: "terraform-provider-aws, internal/service/route53/record.go, schema ForceNew",
  replace: ["name", "zoneId"],
  deleteBeforeReplace: true,
  global: true,
  sets: ["records"],
  writeOnly: ["allowOverwrite"],
  unsupported: ["cidrRoutingPolicy", "geoproximityRoutingPolicy"],
  same: {
    name: (one, other) => dnsName(one) === dnsName(other),
    zoneId: (one, other) => bareId(one) === bareId(other),
  },

  validate(inputs) {
    const failures: CheckFailure[] = [];
    const fail = (property: string, reason: string): void => {
      failures.push({ property, reason });
    };
    const alias = inputs["aliases"] !== undefined;
    if (alias === (inputs["records"] !== undefined)) fail("records", "give either records or aliases");
    if (alias && inputs["ttl"] !== undefined) fail("ttl", "an alias has the TTL of its target");
    if (!alias && inputs["records"] !== undefined && inputs["ttl"] === undefined)
      fail("ttl", "records need a ttl, in seconds");
    const policies = POLICIES.filter((name) => inputs[name] !== undefined);
    if (policies.length > 1) fail(policies[1] ?? "", `give one routing policy, not ${policies.join(" and ")}`);
    if (policies.length > 0 && inputs["setIdentifier"] === undefined)
      fail("setIdentifier", `${policies[0] ?? ""} needs a setIdentifier`);
    return failures;
  },

  async create(context, inputs) {
    const zone = bareId(needText(inputs, "zoneId"));
    const fqdn = await fqdnOf(context, zone, needText(inputs, "name"));
    await changeRecords(context, `the record ${fqdn}`, zone, [
      // Without `allowOverwrite`, somebody else's record is not taken over.
      { Action: bool(inputs, "allowOverwrite") ? "UPSERT" : "CREATE", ResourceRecordSet: recordOf(fqdn, inputs) },
    ]);
    return [zone, dnsName(needText(inputs, "name")), needText(inputs, "type"), text(inputs, "setIdentifier")]
      .filter((part) => part !== undefined)
      .join("_");
  },

  async read(context, id, state) {
    const key = text(state, "zoneId") === undefined ? keyOf(id) : state;
    const zone = bareId(needText(key, "zoneId"));
    const fqdn = await fqdnOf(context, zone, needText(key, "name"));
    const identifier = text(key, "setIdentifier");
    const { ResourceRecordSets: records = [] } = await route53Of(context).listResourceRecordSets({
      HostedZoneId: zone,
      StartRecordName: fqdn,
      StartRecordType: needText(key, "type") as RRType,
      ...(identifier && { StartRecordIdentifier: identifier }),
      MaxItems: 5,
    });
    const record = records.find(
      ({ Name, Type, SetIdentifier }) =>
        dnsName(Name ?? "") === fqdn && Type === key["type"] && SetIdentifier === identifier,
    );
    if (record === undefined) return undefined;
    return {
      state: {
        aliases: record.AliasTarget && [
          {
            evaluateTargetHealth: record.AliasTarget.EvaluateTargetHealth ?? false,
            name: dnsName(record.AliasTarget.DNSName ?? ""),
            zoneId: record.AliasTarget.HostedZoneId,
          },
        ],
        failoverRoutingPolicies: record.Failover && [{ type: record.Failover }],
        fqdn,
        geolocationRoutingPolicies: record.GeoLocation && [
          {
            continent: record.GeoLocation.ContinentCode ?? "",
            country: record.GeoLocation.CountryCode ?? "",
            subdivision: record.GeoLocation.SubdivisionCode ?? "",
          },
        ],
        healthCheckId: record.HealthCheckId,
        latencyRoutingPolicies: record.Region && [{ region: record.Region }],
        multivalueAnswerRoutingPolicy: record.MultiValueAnswer,
        name: text(key, "name"),
        records: record.ResourceRecords?.map(({ Value }) => unquoted(record.Type, Value ?? "")),
        setIdentifier: record.SetIdentifier,
        ttl: record.TTL,
        type: record.Type,
        weightedRoutingPolicies: record.Weight === undefined ? undefined : [{ weight: record.Weight }],
        zoneId: zone,
      },
    };
  },

  async update(context, _id, olds, news) {
    const zone = bareId(needText(olds, "zoneId"));
    const fqdn = await fqdnOf(context, zone, needText(olds, "name"));
    const [before, after] = [recordOf(fqdn, olds), recordOf(fqdn, news)];
    const moved = before.Type !== after.Type || before.SetIdentifier !== after.SetIdentifier;
    // Another type or set is another record: both changes go into one batch, so that no query sees neither.
    await changeRecords(
      context,
      `the record ${fqdn}`,
      zone,
      moved
        ? [
            { Action: "DELETE", ResourceRecordSet: before },
            { Action: "CREATE", ResourceRecordSet: after },
          ]
        : [{ Action: "UPSERT", ResourceRecordSet: after }],
    );
  },

  async delete(context, id, state) {
    // A delete must name the record exactly as it is now, and others may have changed it.
    const now = await this.read(context, id, state);
    if (now === undefined) return;
    const zone = bareId(needText(state, "zoneId"));
    const fqdn = await fqdnOf(context, zone, needText(state, "name"));
    await changeRecords(context, `the end of the record ${fqdn}`, zone, [
      { Action: "DELETE", ResourceRecordSet: recordOf(fqdn, now.state as Props) },
    ]);
  },
};

/** The id consists of zone, name, type and set; a name may begin with underscores, as in `_acme-challenge`. */
function keyOf(id: string): Props {
  const [, zoneId = "", name = "", type = "", setIdentifier] = /^([A-Z0-9]+)_(.*?)_([A-Z]+)(?:_(.*))?$/.exec(id) ?? [];
  if (type === "")
    throw new Error(
      `"${id}" is not the id of a record: it is <zone id>_<name>_<type>, with _<set identifier> where there is one`,
    );
  return { zoneId, name, type, ...(setIdentifier && { setIdentifier }) };
}

/** A name may be given with or without the zone's name. */
async function fqdnOf(context: Context, zone: string, name: string): Promise<string> {
  const { HostedZone: found } = await route53Of(context).getHostedZone({ Id: zone });
  const [bare, apex] = [dnsName(name), dnsName(found?.Name ?? "")];
  if (bare === "" || bare === apex) return apex;
  return bare.endsWith(`.${apex}`) ? bare : `${bare}.${apex}`;
}

function recordOf(fqdn: string, props: Props): ResourceRecordSet {
  const type = needText(props, "type") as RRType;
  const [alias] = objects(props, "aliases");
  const [failover] = objects(props, "failoverRoutingPolicies");
  const [geolocation] = objects(props, "geolocationRoutingPolicies");
  const [latency] = objects(props, "latencyRoutingPolicies");
  const [weighted] = objects(props, "weightedRoutingPolicies");
  return {
    Name: fqdn,
    Type: type,
    ...(alias
      ? {
          AliasTarget: {
            DNSName: text(alias, "name"),
            EvaluateTargetHealth: bool(alias, "evaluateTargetHealth") ?? false,
            HostedZoneId: text(alias, "zoneId"),
          },
        }
      : {
          TTL: number(props, "ttl") ?? 0,
          ResourceRecords: texts(props, "records").map((value) => ({ Value: quoted(type, value) })),
        }),
    ...(text(props, "setIdentifier") && { SetIdentifier: text(props, "setIdentifier") }),
    ...(text(props, "healthCheckId") && { HealthCheckId: text(props, "healthCheckId") }),
    ...(bool(props, "multivalueAnswerRoutingPolicy") && { MultiValueAnswer: true }),
    ...(failover && { Failover: text(failover, "type") as ResourceRecordSetFailover }),
    ...(latency && { Region: text(latency, "region") as ResourceRecordSetRegion }),
    ...(weighted && { Weight: number(weighted, "weight") ?? 0 }),
    ...(geolocation && {
      GeoLocation: {
        ...(text(geolocation, "continent") && { ContinentCode: text(geolocation, "continent") }),
        ...(text(geolocation, "country") && { CountryCode: text(geolocation, "country") }),
        ...(text(geolocation, "subdivision") && { SubdivisionCode: text(geolocation, "subdivision") }),
      },
    }),
  };
}

// Text records have quotes in Route 53 and none in a program.
function quoted(type: RRType, value: string): string {
  return type === "TXT" || type === "SPF" ? `"${value}"` : value;
}

function unquoted(type: RRType | undefined, value: string): string {
  return type === "TXT" || type === "SPF" ? value.replace(/^"|"$/g, "") : value;
}
