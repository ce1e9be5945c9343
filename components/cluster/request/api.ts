import { z } from "zod";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { isCidr } from "../../network/cidr.ts";
import type { Topology } from "./networking.ts";

/** The word for `apiAccess` from everywhere. */
export const anyone = "anyone";

export const apiAccess = z
  .union(
    [
      z.literal(anyone),
      z
        .array(
          z
            .string()
            .refine(isCidr, { error: "must be a CIDR without host bits, such as 10.20.0.0/16" })
            .refine((cidr) => !cidr.endsWith("/0"), {
              error: `opens the API to the whole world; if that is meant write apiAccess: ${anyone}`,
            }),
        )
        .min(1, { error: "must not be empty: nobody could reach the API" }),
    ],
    {
      error: (issue) =>
        issue.input === undefined
          ? `is missing: a list of CIDRs that may reach the Kubernetes API, or the word ${anyone}`
          : `must be a list of CIDRs without host bits (not /0), or the word ${anyone}`,
    },
  )
  .describe(
    "Who may reach the Kubernetes API: CIDRs, or `anyone` for the whole world. No default, on purpose. Whether " +
      "the load balancer of the API can be reached from outside the VPC at all says `api.loadBalancer`.",
  );

export const api = strict({
  loadBalancer: z
    .enum(["internal", "public"])
    .optional()
    .describe(
      "Where the load balancer of the API stands: inside the VPC, or with public addresses. Changing it makes " +
        "another load balancer, with an API outage. Default: internal in a private topology, public in a public one.",
    ),
  certificate: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:\S+:\d{12}:certificate\/\S+$/, { error: "must be the ARN of an ACM certificate" })
    .optional()
    .describe(
      "ACM certificate that the load balancer shows on port 443, so that browsers and identity providers trust " +
        "it; client certificates then go to port 8443. Default: none, TLS ends at the API server.",
    ),
  crossZone: z
    .boolean()
    .optional()
    .describe(
      "Whether the load balancer sends requests to control-plane nodes in other zones, too; AWS charges for what " +
        "crosses zones. Default: kOps's own (false).",
    ),
  additionalNames: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "Further DNS names and addresses in the certificate of the API server. Changing them replaces the " +
        "control-plane nodes. Default: none.",
    ),
});

type ApiRequest = z.output<typeof api>;

/** Whether the load balancer of the API has public addresses. */
export function isPublicApi(request: ApiRequest | undefined, topology: Topology): boolean {
  return request?.loadBalancer === undefined ? topology === "public" : request.loadBalancer === "public";
}

/** The part of a ClusterSpec that is about the way to the API. */
export function composeApi(
  request: ApiRequest | undefined,
  access: z.output<typeof apiAccess>,
  topology: Topology,
): PlainObject {
  return {
    api: {
      loadBalancer: {
        class: "Network",
        type: isPublicApi(request, topology) ? "Public" : "Internal",
        ...(request?.certificate !== undefined && { sslCertificate: request.certificate }),
        ...(request?.crossZone !== undefined && { crossZoneLoadBalancing: request.crossZone }),
      },
    },
    ...(request?.additionalNames && { additionalSans: request.additionalNames }),
    kubernetesApiAccess: access === anyone ? ["0.0.0.0/0", "::/0"] : access,
  };
}
