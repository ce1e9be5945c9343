import { z } from "zod";
import { longNameProblems } from "../../../providers/kops/model/tag-keys.ts";
import { nearest, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { zoneName } from "./machines.ts";
import { exactVersion, operation } from "./operation.ts";

const dnsName = /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What the cluster is called, its versions, and where it lives. */
export const basicKeys = {
  name: z
    .string()
    .regex(dnsName, { error: "must be a DNS name in lower case, such as k1" })
    .describe(
      "Name of the cluster. Without a dot, the environment's zone name is appended. Cannot be changed: another name " +
        "is another cluster.",
    ),
  kopsVersion: operation.kopsVersion,
  kubernetesVersion: exactVersion("1.34.3").describe(
    "Exact version of Kubernetes, not newer than the version of kOps. Changing it replaces all nodes, control " +
      "plane first.",
  ),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe(
      "Zones of the network that the cluster uses: its groups and load balancers get subnets of these zones only. " +
        "A zone that the network gets later does not change the cluster. You can add a zone here later; nodes are " +
        "spread over it from then on. Default: all zones of the network, also those added later.",
    ),
};

type BasicRequest = z.output<z.ZodObject<typeof basicKeys>>;

export function composeBasics(
  { kubernetesVersion }: Pick<BasicRequest, "kubernetesVersion">,
  configBase: string,
): PlainObject {
  return {
    channel: "stable",
    cloudProvider: "aws",
    configBase,
    kubernetesVersion,
    cloudConfig: { manageStorageClasses: true },
  };
}

/** Zones of the cluster or of its groups that do not exist. `groups`: the zones that each of them names. */
export function zoneProblems(
  { zones = [] }: Pick<BasicRequest, "zones">,
  groups: readonly { path: readonly PropertyKey[]; zones: readonly string[] | undefined }[],
  ofNetwork: readonly string[],
): Issue[] {
  const own = unknownZones(zones, ["zones"], ofNetwork, "the network");
  const twice = zones.flatMap((zone, index): Issue[] =>
    zones.indexOf(zone) < index ? [{ path: ["zones", index], message: `${zone} is listed twice` }] : [],
  );
  const [known, whose] = zones.length === 0 ? [ofNetwork, "the network"] : [zones, "the cluster"];
  return [...own, ...twice, ...groups.flatMap((group) => unknownZones(group.zones, group.path, known, whose))];
}

function unknownZones(
  zones: readonly string[] = [],
  path: readonly PropertyKey[],
  known: readonly string[],
  whose: string,
): Issue[] {
  return zones.flatMap((zone, index) => {
    if (known.includes(zone)) return [];
    const meant = nearest(zone, known);
    return [
      {
        path: [...path, index],
        message:
          `${zone} is not a zone of ${whose}${meant === undefined ? "" : `, did you mean ${meant}?`} (it has ` +
          `${known.join(", ")})`,
      },
    ];
  });
}

/** Why AWS would refuse a cluster's full name. */
export function clusterNameProblems(fullName: string): Issue[] {
  return longNameProblems(fullName).map((message) => ({ path: ["name"], message: `${fullName} ${message}` }));
}
