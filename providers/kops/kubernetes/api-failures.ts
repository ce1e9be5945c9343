import { AbortError, ApiException } from "@kubernetes/client-node";
import { z } from "zod";

/** A failed call that may succeed soon. */
export interface PassingFailure {
  why: string;
  /** Milliseconds that the API asks to wait. */
  after?: number;
}

/** What the API answers to an eviction that it does not perform. */
export type EvictionAnswer =
  /** The pod does not exist any more. */
  | { is: "gone" }
  | { is: "blocked by a budget" }
  | { is: "under several budgets" }
  /** Refused now, perhaps not later: a webhook fails, or the namespace is ending and its controller deletes the pod. */
  | { is: "refused now"; why: string };

/** Codes of Node.js for a network that fails or a tunnel that reopens. A certificate that does not match is final. */
const networkFailures = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ETIMEDOUT",
]);

/**
 * 429 with Retry-After comes from API priority and fairness, and from an API server that still fills its caches; 502
 * and 504 from a load balancer or a proxy.
 */
const passingAnswers = new Set([429, 500, 502, 503, 504]);

const statusBody = z.object({
  message: z.string().default(""),
  details: z.object({ causes: z.array(z.object({ reason: z.string().optional() })).optional() }).optional(),
});

interface Answer {
  code: number;
  message: string;
  causes: readonly string[];
}

/** An answer that is no success. Its body is a Status, or plain text from what stands before the API. */
function answerOf({ code, body }: ApiException<unknown>): Answer {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const { data } = statusBody.safeParse(parsed);
  if (!data) return { code, message: text.trim().split("\n")[0]?.slice(0, 200) ?? "", causes: [] };
  return { code, message: data.message, causes: data.details?.causes?.flatMap(({ reason }) => reason ?? []) ?? [] };
}

const described = ({ code, message }: Answer): string => `${code} ${message}`.trim();

/** Why a call failed, if the same call may succeed soon; undefined for every other error. */
export function passingFailure(error: unknown): PassingFailure | undefined {
  if (error instanceof ApiException) {
    if (!passingAnswers.has(error.code)) return undefined;
    const seconds = Number((error.headers as Record<string, string> | undefined)?.["retry-after"]);
    return { why: described(answerOf(error)), ...(seconds > 0 && { after: seconds * 1000 }) };
  }
  // The client gives up a call without an answer (api-client.ts).
  if (error instanceof AbortError) return { why: "no answer" };
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return networkFailures.has(error.code) ? { why: error.message } : undefined;
}

/**
 * The answer to an eviction; undefined for every other error (Kubernetes 1.34.3, Create in
 * pkg/registry/core/pod/storage/eviction.go). A budget gives a cause, throttling gives none. Several budgets have no
 * reason and no cause, only the message.
 */
export function evictionAnswer(error: unknown): EvictionAnswer | undefined {
  if (!(error instanceof ApiException)) return undefined;
  const answer = answerOf(error);
  if (answer.code === 404) return { is: "gone" };
  if (answer.code === 429 && answer.causes.includes("DisruptionBudget")) return { is: "blocked by a budget" };
  if (answer.code === 500)
    return answer.message.includes("more than one PodDisruptionBudget")
      ? { is: "under several budgets" }
      : { is: "refused now", why: described(answer) };
  if (answer.code === 403 && answer.causes.includes("NamespaceTerminating"))
    return { is: "refused now", why: described(answer) };
  return undefined;
}
