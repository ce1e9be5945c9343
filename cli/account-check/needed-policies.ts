import { partitionOf } from "../../providers/kops/aws/partition.ts";
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
  /** Full names. */
  clusters: readonly string[];
  /** Whether the stack makes network, zone and buckets. */
  makesEnvironment: boolean;
}

/** The policies of whom makes an environment, or the clusters in one, without those of a pipeline. */
export function neededPolicies(of: NeededFor): Policy[] {
  const { region, account, stack, buckets, zoneName, clusters, makesEnvironment } = of;
  const policies = policiesOf(makesEnvironment ? "owner" : "up-clusters", {
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
  });
  return Object.entries(policies).flatMap(([name, policy]) => (name === "pipeline" ? [] : [policy]));
}
