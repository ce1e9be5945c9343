import type { StackIdentity } from "../../aws/config.ts";
import { ConfigError } from "../../../providers/kops/model/errors.ts";
import { clusterTagOf } from "../../../providers/kops/model/tag-keys.ts";
import { clusterNames } from "../../../providers/state-store/living.ts";
import { findDependents } from "./dependents.ts";
import type { LookupScope } from "./dependents.ts";
import { lossesOf, regionLosses } from "./losses.ts";
import type { Dependent, Loss, DesiredEnvironment } from "./losses.ts";
import type { OwnState } from "./own-state.ts";

const storeKeys = new Set(["stateBucket", "role"]);

/** Why the environment must not change like this; undefined if no cluster needs what would be lost. */
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
          "to move a store with all its clusters, follow docs/guide/state-store.md, after an `up` with onDestroy: " +
            "retain",
        ]
      : []),
    ...(byTagAlone
      ? [
          `a cluster without a stack is known only by the tag ${clusterTagOf("NAME")} on subnets: if the cluster is ` +
            "gone, remove the tag",
        ]
      : []),
  ];
  return new ConfigError({
    what:
      `The environment of the stack ${stack} cannot be changed like this: clusters need what would be lost ` +
      `(${lines.length} ${lines.length === 1 ? "problem" : "problems"}; nothing was changed)`,
    why: lines.join("\n  "),
    next: next.join("; "),
  });
}

export interface GuardArgs {
  stack: string;
  current: OwnState;
  desired: DesiredEnvironment;
  /** @default AWS's own order */
  identity?: StackIdentity | undefined;
  /** Prints a warning. */
  say: (line: string) => void;
  /** Looks up clusters. @default in AWS */
  find?:
    ((current: OwnState, desiredStore: string | undefined, looking: LookupScope) => Promise<Dependent[]>) | undefined;
}

/**
 * Fails, before anything is registered, if a change of the environment would take something away from an existing
 * cluster of any stack. Asks AWS and the store only if something would be lost.
 */
export async function refuseLosses({
  stack,
  current,
  desired,
  identity,
  say,
  find = findDependents,
}: GuardArgs): Promise<void> {
  const losses = lossesOf(current, desired);
  if (losses.length === 0) return;
  const region = losses.some(({ source }) => source === "aws:region")
    ? (regionOf(current) ?? desired.region)
    : desired.region;
  const refusal = refusalOf(stack, losses, await find(current, desired.shared?.store.state, { region, ...identity }));
  if (refusal) throw refusal;
  if (current.referenced !== undefined) return;
  for (const [place, was, is] of [
    ["state", current.stateBucket, desired.shared?.store.state],
    ["discovery", current.discoveryBucket, desired.shared?.store.discovery],
  ] as const) {
    if (was !== undefined && was !== is && !current.purges)
      say(
        `the ${place} bucket ${was} stays as it is (pilot:stateStore.onDestroy is retain), and is no longer this ` +
          "stack's: delete it by hand when you no longer need it",
      );
  }
}

/**
 * The same for another region, before the first call of the AWS plugin: the engine stores its default provider with the
 * region of the last run, even if that run was refused, and would replace every resource of the stack once the region
 * is put back (the provider's diff in step_generator.go of the engine; `region` forces replacement).
 */
export async function refuseRegion({
  stack,
  current,
  region,
  identity,
  find = findDependents,
}: Pick<GuardArgs, "stack" | "current" | "identity" | "find"> & { region: string }): Promise<void> {
  const losses = current.referenced === undefined ? regionLosses(current, region) : [];
  if (losses.length === 0) return;
  const refusal = refusalOf(
    stack,
    losses,
    await find(current, undefined, { region: regionOf(current) ?? region, ...identity }),
  );
  if (refusal) throw refusal;
}

function regionOf({ network, clusters }: OwnState): string | undefined {
  const region = clusters.map(({ state }) => state["region"]).find((one): one is string => typeof one === "string");
  return region ?? network?.subnets[0]?.zone.replace(/[a-z]$/, "");
}
