import { bool, text, texts } from "../shared/handler.ts";
import { ec2Of } from "../resources/ec2/shared.ts";
import { filtersOf } from "./filters.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const { AvailabilityZones: zones = [] } = await ec2Of(context).describeAvailabilityZones({
    ...(bool(args, "allAvailabilityZones") && { AllAvailabilityZones: true }),
    Filters: filtersOf(args, { state: "state" }),
  });
  const [names, ids] = [texts(args, "excludeNames"), texts(args, "excludeZoneIds")];
  const kept = zones
    .filter(({ ZoneName, ZoneId }) => !names.includes(ZoneName ?? "") && !ids.includes(ZoneId ?? ""))
    .toSorted((one, other) => (one.ZoneName ?? "").localeCompare(other.ZoneName ?? ""));
  return {
    ...args,
    groupNames: [...new Set(kept.map(({ GroupName }) => GroupName ?? context.region))],
    id: context.region,
    names: kept.map(({ ZoneName }) => ZoneName),
    region: context.region,
    state: text(args, "state"),
    zoneIds: kept.map(({ ZoneId }) => ZoneId),
  };
};
