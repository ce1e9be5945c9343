import { CloudFront } from "@aws-sdk/client-cloudfront";
import type { Context } from "../../shared/handler.ts";

/** CloudFront is global: its API is in one region. */
export function cloudFrontOf(context: Pick<Context, "clients">): CloudFront {
  return context.clients.of(CloudFront, "cloudfront", "us-east-1");
}
