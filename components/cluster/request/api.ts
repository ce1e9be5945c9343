import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { accessRange } from "./access-range.ts";
import { noUtility, type Topology } from "./networking.ts";

/** `apiAccess` from everywhere. */
export const anyone = "anyone";

const apiAccess = z
  .union(
    [
      z.literal(anyone),
      z
        .array(
          accessRange("10.20.0.0/16", `opens the API to the whole world; if you mean that, write apiAccess: ${anyone}`),
        )
        .min(1, { error: "must not be empty: nobody could reach the API" }),
    ],
    {
      error: (issue) =>
        issue.input === undefined
          ? `is missing: a list of CIDRs or prefix lists that may reach the Kubernetes API, or the word ${anyone}`
          : `must be a list of CIDRs without host bits (not /0), or the word ${anyone}`,
    },
  )
  .describe(
    "Who may reach the Kubernetes API: CIDRs and ids of prefix lists, or `anyone` for the whole world. No default, " +
      "on purpose. A prefix list counts as its maximum of entries against AWS's quota of rules. " +
      "`api.loadBalancer` decides whether the API can be reached from outside the VPC at all.",
  );

const api = strict({
  loadBalancer: z
    .enum(["internal", "public"])
    .optional()
    .describe(
      "Where the API's load balancer is: inside the VPC, or with public addresses. Changing it makes a new load " +
        "balancer, with an API outage. Default: internal in a private topology, public in a public one.",
    ),
  certificate: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:\S+:\d{12}:certificate\/\S+$/, { error: "must be the ARN of an ACM certificate" })
    .optional()
    .describe(
      "ACM certificate of the load balancer on port 443, so that browsers and identity providers trust it; client " +
        "certificates then use port 8443. Default: none, TLS ends at the API server.",
    ),
  crossZone: z
    .boolean()
    .optional()
    .describe(
      "Whether the load balancer also sends requests to control-plane nodes in other zones; AWS charges for traffic " +
        "between zones. Default: kOps's own (false).",
    ),
  additionalNames: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "More DNS names and addresses in the API server's certificate. Changing them replaces the " +
        "control-plane nodes. Default: none.",
    ),
});

export const apiKeys = { apiAccess, api: api.optional().describe("How the Kubernetes API is reached.") };

type ApiRequest = z.output<z.ZodObject<typeof apiKeys>>;

/** Whether the API's load balancer has public addresses. */
const isPublic = (api: ApiRequest["api"], topology: Topology): boolean =>
  api?.loadBalancer === undefined ? topology === "public" : api.loadBalancer === "public";

export function apiProblems({ api }: Pick<ApiRequest, "api">, topology: Topology, utilitySubnets: boolean): Issue[] {
  if (api?.loadBalancer === "public" && !utilitySubnets)
    return [{ path: ["api", "loadBalancer"], message: `cannot be public: ${noUtility}` }];
  if (topology === "private" || isPublic(api, topology)) return [];
  const message = "cannot be internal in a public topology: kOps puts it into private subnets";
  return [{ path: ["api", "loadBalancer"], message }];
}

/** The API server of every cluster checks rights by RBAC and refuses anonymous requests. */
export const apiServer: PlainObject = { authorization: { rbac: {} }, kubeAPIServer: { anonymousAuth: false } };

/** Load balancer, certificate and access of the API. */
export function composeApi({ api: request, apiAccess: access }: ApiRequest, topology: Topology): PlainObject {
  return {
    api: {
      loadBalancer: {
        class: "Network",
        type: isPublic(request, topology) ? "Public" : "Internal",
        ...(request?.certificate !== undefined && { sslCertificate: request.certificate }),
        ...(request?.crossZone !== undefined && { crossZoneLoadBalancing: request.crossZone }),
      },
    },
    ...(request?.additionalNames && { additionalSans: request.additionalNames }),
    kubernetesApiAccess: access === anyone ? ["0.0.0.0/0", "::/0"] : access,
  };
}
