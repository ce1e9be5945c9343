import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { awsLookups } from "../../providers/kops/rules/lookups/aws-lookups.ts";
import { lookUp, type Existence } from "../../providers/kops/rules/lookups/existence.ts";
import { referencesOf, type ReferenceKind } from "../../providers/kops/rules/lookups/references.ts";
import type { Finding } from "./finding.ts";
import type { KopsObjects } from "./needs.ts";

/** Kinds that the stack may make itself: here they have no ids yet. */
const made: readonly ReferenceKind[] = ["vpc", "subnet", "hostedZone", "natGateway"];

/** More patience than in a preview, which goes on without an answer. */
const patience = 60_000;

/** What the lookups of one cluster found. */
export function referenceFindings(
  { name, types, images }: { name: string; types: readonly string[]; images: readonly string[] },
  { failures, notChecked, warnings }: Existence,
): Finding[] {
  const check = `machine types, images and more of ${name}`;
  const findings: Finding[] = [
    ...failures.map(({ property, reason }) => ({
      check,
      status: "failed" as const,
      text: `${property}: ${reason}`,
      next: `correct the file of ${name}`,
    })),
    ...warnings.map((text) => ({ check, status: "warning" as const, text })),
    ...notChecked.map((text) => ({ check, status: "not known" as const, text })),
  ];
  if (findings.length > 0) return findings;
  const all = [...types, ...images].join(", ");
  return [{ check, status: "ok", text: all }];
}

/** Looks up what a cluster refers to: machine types in its zones, images, keys, policies and the like. */
export async function checkReferences(identity: AwsIdentity, one: KopsObjects): Promise<Finding[]> {
  const inputs = { name: one.name, cluster: one.cluster, instanceGroups: one.instanceGroups };
  const references = referencesOf(inputs).filter(({ kind }) => !made.includes(kind));
  const existence = await lookUp(references, awsLookups(identity, inputs), AbortSignal.timeout(patience));
  const ids = (kind: ReferenceKind): string[] => [
    ...new Set(references.filter((one) => one.kind === kind).map(({ id }) => id)),
  ];
  return referenceFindings({ name: one.name, types: ids("instanceType"), images: ids("image") }, existence);
}
