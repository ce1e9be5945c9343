import { KMS } from "@aws-sdk/client-kms";
import type { Context } from "../../shared/handler.ts";

export function kmsOf(context: Pick<Context, "clients" | "region">): KMS {
  return context.clients.of(KMS, "kms", context.region);
}
