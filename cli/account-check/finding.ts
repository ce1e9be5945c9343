import { messageOf } from "../../providers/kops/model/errors.ts";

/** `not known`: AWS did not tell, so nobody can say that it is in order. */
export type Status = "ok" | "warning" | "failed" | "not known";

/** The result of one check of an account. */
export interface Finding {
  check: string;
  status: Status;
  text: string;
  /** The command, or what else to do. */
  next?: string;
  /** Of a quota, by Service Quotas. */
  quota?: { serviceCode: string; quotaCode: string };
}

const denied = /AccessDenied|Unauthorized|NotAuthorized/i;

/** Whether AWS refused a call for lack of a permission. */
export const isDenied = (error: unknown): boolean => error instanceof Error && denied.test(error.name);

/** The finding of a check that AWS did not answer. */
export function notKnown(check: string, error: unknown): Finding {
  const message = messageOf(error).split("\n")[0] ?? "";
  return isDenied(error)
    ? {
        check,
        status: "not known",
        text: `access denied: ${message}`,
        next: "let this identity read it, or have somebody look who may",
      }
    : { check, status: "not known", text: message };
}

/** Runs one check. What AWS refuses to tell is not known, and the others go on. */
export async function attempt(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [notKnown(check, error)];
  }
}

const width = "not known".length;

/** One line for each check. */
export function linesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ check, status, text, next, quota }) => {
    const code = quota ? ` (${quota.serviceCode} ${quota.quotaCode})` : "";
    return `${status.padEnd(width)}  ${check}: ${text}${code}${next === undefined ? "" : `. Next: ${next}`}`;
  });
}

/** 1 if a check failed, 3 if something is not known, else 0. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const has = (status: Status): boolean => findings.some((one) => one.status === status);
  return has("failed") ? 1 : has("not known") ? 3 : 0;
}

/** How many checks ended in which way. */
export function summaryOf(findings: readonly Finding[]): string {
  const counts = (["ok", "warning", "failed", "not known"] as const).map(
    (status) => `${findings.filter((one) => one.status === status).length} ${status}`,
  );
  return counts.join(", ");
}
