import { z } from "zod";
import { strict } from "../config/problems.ts";

export const domain = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/, {
  error: "must be a domain in lower case with at least one dot, such as sbx.pilot.internal",
});

const zoneId = z
  .string()
  .regex(/^[0-9A-Z]{4,32}$/, { error: "must be a hosted zone id, such as Z0123456789ABCDEFGHIJ" });

export const roleArn = z.string().regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" });

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: "must be an AWS region, such as ap-southeast-2" });

const target = z.string().regex(/^[a-zA-Z0-9*_]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?\.?$/, { error: "must be a domain name" });
const texts = z.array(z.string().min(1)).min(1);
const ttl = z.int().min(0).max(2_147_483_647).optional().describe("Seconds that resolvers may keep it. Default: 300.");

const record = z.union(
  [
    strict({
      api: z
        .string()
        .min(1)
        .describe("Cluster, by its short or full name: a CNAME to the name that kOps gives its API."),
      ttl,
    }),
    strict({
      bastion: z
        .string()
        .min(1)
        .describe("Cluster, by its short or full name: a CNAME to bastion.<cluster>, if kOps is told to publish that."),
      ttl,
    }),
    strict({ cname: target.describe("Name that this one stands for."), ttl }),
    strict({
      alias: strict({
        name: target.describe("DNS name of an AWS load balancer, distribution or the like."),
        zoneId: zoneId.describe("Hosted zone of that name, as AWS tells beside it."),
        evaluateTargetHealth: z
          .boolean()
          .optional()
          .describe("Whether an unhealthy target is left out of answers. Default: false."),
      }).describe("Alias to something of AWS, free of charge; for the zone's own name, too. Type A."),
    }),
    strict({ a: texts.describe("IPv4 addresses."), ttl }),
    strict({ aaaa: texts.describe("IPv6 addresses."), ttl }),
    strict({ txt: texts.describe("Texts, without quotation marks."), ttl }),
  ],
  { error: "must have one of api, bastion, cname, alias, a, aaaa, txt" },
);

const records = z
  .record(
    z.string().regex(/^(@|(\*|[a-z0-9_]([-a-z0-9_]*[a-z0-9])?)(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9])?)*)$/, {
      error: "must be a name below the zone, such as grafana or *.apps, or @ for the zone itself",
    }),
    record,
  )
  .optional()
  .describe(
    "Records beside those of kOps, by their name below the zone. Another name is another record. Default: none.",
  );

const parent = strict({
  zone: z
    .union([zoneId, domain], { error: "must be a hosted zone id or its name" })
    .describe("Public hosted zone that this one is delegated from, by id or by name."),
  role: roleArn
    .optional()
    .describe("Role of the account that has the parent zone. Default: none, the parent is in this account."),
});

const delegation = strict({
  check: z
    .boolean()
    .optional()
    .describe(
      "Whether clusters wait until the zone's name servers are found by a look-up. Default: true; a resolver that " +
        "cannot be reached is said in one line and passed over.",
    ),
  resolvers: z
    .array(z.string().regex(/^\S+$/))
    .min(1)
    .optional()
    .describe(
      "Resolvers that are asked, by address (with :port if need be). Default: those of the machine that the " +
        "program runs on.",
    ),
  waitSeconds: z
    .int()
    .min(0)
    .max(3600)
    .optional()
    .describe("How long is waited for the delegation to be seen. Default: 300."),
})
  .optional()
  .describe("The check of a public zone's delegation. Default: on.");

const forceDestroy = z
  .boolean()
  .optional()
  .describe(
    "Whether a destroy deletes records that others made in the zone, too. Default: false, such a zone stays and " +
      "the destroy says so.",
  );

const vpcs = z
  .array(
    strict({
      vpcId: z
        .string()
        .regex(/^vpc-[0-9a-f]+$/, { error: "must be the id of a VPC, such as vpc-0123456789abcdef0" })
        .describe("The VPC, with DNS support and DNS host names on."),
      region: region.optional().describe("Its region. Default: that of the stack."),
    }),
  )
  .optional()
  .describe("VPCs of this account that see the zone beside the environment's own. Default: none.");

/** The `dns` part of a stack's config. */
export const dnsRequest = z.discriminatedUnion("type", [
  strict({
    type: z
      .literal("private")
      .describe(
        "private: a zone made here, seen inside VPCs only. public: one made here, delegated from its parent. " +
          "existing: one made elsewhere. none: no names, nodes find the API by its load balancer. USD 0.50 a month " +
          "for a zone.",
      ),
    name: domain.describe(
      "Domain that clusters are named below. Changing it renames every cluster without a dot in its name: other " +
        "clusters.",
    ),
    vpcs,
    records,
    forceDestroy,
  }),
  strict({
    type: z.literal("public"),
    name: domain,
    parent: parent
      .optional()
      .describe(
        "Where the NS record of a public zone is made, and taken off by a destroy. Default: nowhere, people enter " +
          "the name servers that are an output.",
      ),
    delegation,
    records,
    forceDestroy,
  }),
  strict({
    type: z.literal("existing"),
    name: domain,
    id: zoneId.optional().describe("Hosted zone. Default: the only one of this name and visibility in the account."),
    visibility: z.enum(["public", "private"]).describe("Who sees an existing zone."),
    associate: z
      .boolean()
      .optional()
      .describe(
        "Whether the environment's VPC is associated with a private zone here. Default: true for a VPC that is " +
          "made here, false for an existing one, which must be associated already.",
      ),
    delegation,
    records,
  }),
  strict({ type: z.literal("none"), name: domain }),
]);

/**
 * - `private`: a hosted zone made here, resolved inside the environment's VPC and others that are named.
 * - `public`: a hosted zone made here, delegated from its parent where one is named.
 * - `existing`: a hosted zone made elsewhere, looked up and checked; nothing in it is touched but records named here.
 * - `none`: no records. Nodes find the API by its load balancer (kOps `dns: none`); `name` only names clusters.
 */
export type DnsRequest = z.output<typeof dnsRequest>;

export type RecordRequest = z.output<typeof record>;
export type DelegationRequest = NonNullable<z.output<typeof delegation>>;
