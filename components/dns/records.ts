import type * as aws from "../aws/services.mjs";
import type { Issue } from "../config/problems.ts";
import type { RecordRequest } from "./request.ts";

/** Seconds that resolvers keep a record. */
export const defaultTtl = 300;

/** A record for Route 53. */
export type RecordArgs = Pick<aws.route53.RecordArgs, "type" | "ttl" | "records" | "aliases">;

/** Names that kOps writes into a cluster's zone (pkg/model/awsmodel/dns.go, upup/pkg/fi/cloudup/dns.go). */
export function namesOfKops(cluster: string): string[] {
  return [`api.${cluster}`, `api.internal.${cluster}`, `bastion.${cluster}`, `kops-controller.internal.${cluster}`];
}

/** Name of the NS record in the parent zone, among the resources of {@link Dns}; never changes. */
export const delegationRecord = "delegation";

export function fullRecordName(name: string, zoneName: string): string {
  return name === "@" ? zoneName : `${name}.${zoneName}`;
}

/** The full name of a cluster: a name without a dot is below the zone. */
const clusterName = (name: string, zoneName: string): string => (name.includes(".") ? name : `${name}.${zoneName}`);

export function recordArgs(request: RecordRequest, zoneName: string): RecordArgs {
  if ("alias" in request) {
    const { name, zoneId, evaluateTargetHealth } = request.alias;
    return { type: "A", aliases: [{ name, zoneId, evaluateTargetHealth: evaluateTargetHealth ?? false }] };
  }
  const ttl = request.ttl ?? defaultTtl;
  if ("api" in request) return { type: "CNAME", ttl, records: [`api.${clusterName(request.api, zoneName)}`] };
  if ("bastion" in request)
    return { type: "CNAME", ttl, records: [`bastion.${clusterName(request.bastion, zoneName)}`] };
  if ("cname" in request) return { type: "CNAME", ttl, records: [request.cname] };
  if ("a" in request) return { type: "A", ttl, records: request.a };
  if ("aaaa" in request) return { type: "AAAA", ttl, records: request.aaaa };
  return { type: "TXT", ttl, records: request.txt };
}

/** Records that Route 53 would refuse, or whose names kOps writes. `clusters` are full names. */
export function recordProblems(
  records: Readonly<Record<string, RecordRequest>>,
  zoneName: string,
  clusters: readonly string[],
): Issue[] {
  const problems: Issue[] = [];
  for (const [name, request] of Object.entries(records)) {
    const problem = (message: string): void => {
      problems.push({ path: ["records", name], message });
    };
    const full = fullRecordName(name, zoneName);
    const owner = clusters.find((cluster) => namesOfKops(cluster).includes(full));
    if (owner !== undefined)
      problem(`kOps writes ${full} for the cluster ${owner}: choose another name, for example with a CNAME to it`);
    if (name === "@" && recordArgs(request, zoneName).type === "CNAME")
      problem("the zone's own name can have no CNAME: use an alias");
    for (const key of ["api", "bastion"] as const) {
      const cluster = (request as Partial<Record<typeof key, string>>)[key];
      if (cluster !== undefined && !clusters.includes(clusterName(cluster, zoneName))) {
        problem(
          `${key}: the stack has no cluster ` +
            `${cluster}${clusters.length > 0 ? `; it has ${clusters.join(", ")}` : ""}. For another stack's cluster, ` +
            "use cname",
        );
      }
    }
  }
  return problems;
}
