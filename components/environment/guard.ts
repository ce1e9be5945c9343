import { ConfigError } from "../../providers/kops/model/errors.ts";
import { clusterNames } from "../../providers/state-store/living.ts";
import { findDependents, type Looking } from "./dependents.ts";
import { lossesOf, regionLosses, type Dependent, type Loss, type DesiredEnvironment } from "./losses.ts";
import type { OwnState } from "./own-state.ts";
import { clusterTagOf } from "../../providers/kops/model/tag-keys.ts";

const storeKeys = new Set(["stateBucket", "role"]);

/** Why an environment may not be changed so; nothing when nobody needs what would go. */
export function refusalOf(
  stack: string,
  losses: readonly Loss[],
  clusters: readonly Dependent[],
): ConfigError | undefined {
  const harmful = losses
    .map((loss) => ({ ...loss, needing: clusters.filter((cluster) => loss.isNeededBy(cluster)) }))
    .filter(({ needing }) => needing.length > 0);
  if (harmful.length === 0) return undefined;
  const lines = harmful.map(
    ({ source, path, message, needing }) =>
      `${source}: ${path === "" ? "" : `${path}: `}${message}; it is needed by ${clusterNames(needing)}`,
  );
  const byTagAlone = harmful.some(({ needing }) =>
    needing.some(
      ({ spec, stateBucket, tagged }) => spec === undefined && stateBucket === undefined && tagged !== undefined,
    ),
  );
  const next = [
    "put these keys back, or remove the clusters first (each by the stack in brackets)",
    ...(harmful.some(({ source, path }) => source === "pilot:stateStore" && storeKeys.has(path))
      ? [
          "a store is moved with all its clusters as docs/state-store.md shows, with onDestroy: retain brought up " +
            "before",
        ]
      : []),
    ...(byTagAlone
      ? [
          `a cluster without a stack is known by the tag ${clusterTagOf("NAME")} on subnets alone: where it is ` +
            "gone, take the tag off",
        ]
      : []),
  ];
  return new ConfigError({
    what:
      `The environment of the stack ${stack} cannot be changed so: living clusters need what would go ` +
      `(${lines.length} ${lines.length === 1 ? "problem" : "problems"}; nothing was changed)`,
    why: lines.join("\n  "),
    next: next.join("; "),
  });
}

export interface GuardArgs {
  stack: string;
  had: OwnState;
  desired: DesiredEnvironment;
  profile?: string | undefined;
  /** Where a line that is no error goes. */
  say: (line: string) => void;
  /** Looks for clusters. @default in AWS */
  find?: ((had: OwnState, desiredStore: string | undefined, looking: Looking) => Promise<Dependent[]>) | undefined;
}

/**
 * Stops, before anything is registered, where a change of the environment would take something away from a cluster that
 * lives, of whichever stack. AWS and the store are asked only when something would go.
 */
export async function refuseLosses({
  stack,
  had,
  desired,
  profile,
  say,
  find = findDependents,
}: GuardArgs): Promise<void> {
  const losses = lossesOf(had, desired);
  if (losses.length === 0) return;
  const region = losses.some(({ source }) => source === "aws:region")
    ? (regionOf(had) ?? desired.region)
    : desired.region;
  const refusal = refusalOf(stack, losses, await find(had, desired.shared?.store.state, { region, profile }));
  if (refusal) throw refusal;
  if (had.borrowed !== undefined) return;
  for (const [place, was, is] of [
    ["state", had.stateBucket, desired.shared?.store.state],
    ["discovery", had.discoveryBucket, desired.shared?.store.discovery],
  ] as const) {
    if (was !== undefined && was !== is && !had.purges)
      say(
        `the ${place} bucket ${was} stays as it is (pilot:stateStore.onDestroy is retain), and is no longer this ` +
          "stack's: delete it by hand when you need it no more",
      );
  }
}

/**
 * The same of another region alone, before the AWS plugin is asked anything: the engine keeps its default provider with
 * the region of the last run in the state, also when that run was refused, and would replace every resource of the
 * stack as soon as the region is put back (the diff of the provider in step_generator.go of the engine; `region` forces
 * replacement).
 */
export async function refuseRegion({
  stack,
  had,
  region,
  profile,
  find = findDependents,
}: Pick<GuardArgs, "stack" | "had" | "profile" | "find"> & { region: string }): Promise<void> {
  const losses = had.borrowed === undefined ? regionLosses(had, region) : [];
  if (losses.length === 0) return;
  const refusal = refusalOf(stack, losses, await find(had, undefined, { region: regionOf(had) ?? region, profile }));
  if (refusal) throw refusal;
}

function regionOf({ network, clusters }: OwnState): string | undefined {
  const region = clusters.map(({ state }) => state["region"]).find((one): one is string => typeof one === "string");
  return region ?? network?.subnets[0]?.zone.replace(/[a-z]$/, "");
}
