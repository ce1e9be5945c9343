import { IAM } from "@aws-sdk/client-iam";
import type { Context } from "../../shared/handler.ts";

// IAM is one service for all regions of a partition, and signs for its home region.
export function iamOf(context: Pick<Context, "clients">): IAM {
  return context.clients.of(IAM, "iam", "us-east-1");
}

/** IAM returns documents URL-encoded. */
export function decoded(document: string | undefined): string {
  return decodeURIComponent(document ?? "");
}
