/** A condition in the manner of Cluster API. */
export interface Condition {
  type: ConditionType;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** ISO 8601, UTC: when `status` last changed. */
  lastTransitionTime: string;
}

/** The steps from a written manifest to a cluster that is up to date, in order, then their summary. */
export const conditionTypes = [
  "SpecWritten",
  "CloudApplied",
  "ControlPlaneUpToDate",
  "NodesUpToDate",
  "Validated",
  "Ready",
] as const;
export type ConditionType = (typeof conditionTypes)[number];

export type Finding = Pick<Condition, "type" | "status" | "reason" | "message">;

/**
 * The conditions after new findings. Types without a finding keep their value. `Ready` takes the reason of the first
 * condition that is not true. The transition time changes only with the status.
 */
export function updateConditions(old: readonly Condition[], findings: readonly Finding[], now: Date): Condition[] {
  const found = new Map(findings.map((finding) => [finding.type, finding]));
  const had = new Map(old.map((condition) => [condition.type, condition]));
  const merge = (finding: Finding): Condition => {
    const before = had.get(finding.type);
    const unchanged = before?.status === finding.status;
    return { ...before, ...finding, lastTransitionTime: unchanged ? before.lastTransitionTime : now.toISOString() };
  };
  const parts = conditionTypes
    .filter((type) => type !== "Ready")
    .map((type) => {
      const finding = found.get(type);
      if (finding) return merge(finding);
      return had.get(type) ?? merge({ type, status: "Unknown", reason: "NotObserved", message: "" });
    });
  return [...parts, merge(summary(parts))];
}

function summary(parts: readonly Condition[]): Finding {
  const waiting = parts.find((part) => part.status !== "True");
  if (!waiting) return { type: "Ready", status: "True", reason: "UpToDate", message: "" };
  return { type: "Ready", status: "False", reason: waiting.reason, message: waiting.message };
}

export function isReady(conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}
