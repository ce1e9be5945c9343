import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { PolicyValues } from "../../components/pipeline/fill.ts";
import { policiesOf } from "../../components/pipeline/roles.ts";
import type { Policy } from "../../components/state-store/policies.ts";

/** What the policies of a stack's `up` depend on. */
export interface NeededFor {
  region: string;
  account: string;
  stack: string;
  buckets: { state: string; discovery?: string | undefined; logs: string };
  /** Domain that clusters are named below. */
  zoneName: string;
  /** Full names; if empty, all of that domain. */
  clusters: readonly string[];
  /** Whether the stack makes network, zone and buckets. */
  makesEnvironment: boolean;
}

/** What differs by environment in the policies of a stack. */
export function valuesFor(of: Omit<NeededFor, "makesEnvironment">): PolicyValues {
  const { region, account, stack, buckets, zoneName, clusters } = of;
  return {
    partition: partitionOf(region),
    region,
    regions: [region],
    account,
    stack,
    path: "/pilot/",
    stateBucket: buckets.state,
    discoveryBucket: buckets.discovery,
    logBucket: buckets.logs,
    storeRegions: [region],
    clusters: clusters.length === 0 ? [`*.${zoneName}`] : clusters,
    records: [zoneName, `*.${zoneName}`],
  };
}

/** The policies of whom makes an environment, or the clusters in one, without those of a pipeline. */
export function neededPolicies({ makesEnvironment, ...of }: NeededFor): Policy[] {
  const policies = policiesOf(makesEnvironment ? "owner" : "up-clusters", valuesFor(of));
  return Object.entries(policies).flatMap(([name, policy]) => (name === "pipeline" ? [] : [policy]));
}
