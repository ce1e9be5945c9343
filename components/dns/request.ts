import { z } from "zod";
import { strict } from "../config/problems.ts";
import { regionName } from "../../providers/kops/model/regions.ts";

export const domain = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/, {
  error: "must be a domain in lower case with at least one dot, such as sbx.pilot.internal",
});

const zoneId = z
  .string()
  .regex(/^[0-9A-Z]{4,32}$/, { error: "must be a hosted zone id, such as Z0123456789ABCDEFGHIJ" });

export const roleArn = z.string().regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" });

const region = z.string().regex(regionName, { error: "must be an AWS region, such as ap-southeast-2" });

const target = z.string().regex(/^[a-zA-Z0-9*_]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?\.?$/, { error: "must be a domain name" });
const texts = z.array(z.string().min(1)).min(1);
const ttl = z.int().min(0).max(2_147_483_647).optional().describe("Seconds that resolvers may keep it. Default: 300.");

const record = z.union(
  [
    strict({
      api: z.string().min(1).describe("Cluster, by its short or full name: a CNAME to its API's name."),
      ttl,
    }),
    strict({
      bastion: z
        .string()
        .min(1)
        .describe("Cluster, by its short or full name: a CNAME to bastion.<cluster>, if kOps publishes that name."),
      ttl,
    }),
    strict({ cname: target.describe("Target name."), ttl }),
    strict({
      alias: strict({
        name: target.describe("DNS name of an AWS load balancer, distribution or the like."),
        zoneId: zoneId.describe("Hosted zone of that name, as AWS shows it next to the name."),
        evaluateTargetHealth: z
          .boolean()
          .optional()
          .describe("Whether answers leave out an unhealthy target. Default: false."),
      }).describe("Alias to an AWS resource, free of charge; also for the zone's own name. Type A."),
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
    "Records in addition to those of kOps, by name below the zone. Another name is another record. Default: none.",
  );

const parent = strict({
  zone: z
    .union([zoneId, domain], { error: "must be a hosted zone id or its name" })
    .describe("Public hosted zone that delegates to this one, by id or name."),
  role: roleArn
    .optional()
    .describe("Role of the account with the parent zone. Default: none, the parent is in this account."),
  externalId: z
    .string()
    .min(2)
    .optional()
    .describe("External id that the trust policy of `role` asks for. Default: none."),
});

const delegation = strict({
  check: z
    .boolean()
    .optional()
    .describe(
      "Whether clusters wait until a lookup finds the zone's name servers. If no resolver can be reached, one line " +
        "says so and the run goes on. Default: true.",
    ),
  resolvers: z
    .array(z.string().regex(/^\S+$/))
    .min(1)
    .optional()
    .describe(
      "Resolvers to use, by address (with :port if needed). Default: those of the machine that runs the program.",
    ),
  waitSeconds: z.int().min(0).max(3600).optional().describe("Seconds to wait for the delegation. Default: 300."),
})
  .optional()
  .describe("Check of a public zone's delegation. Default: on.");

const forceDestroy = z
  .boolean()
  .optional()
  .describe(
    "Whether a destroy also deletes records that others made in the zone. Default: false, such a zone stays and the " +
      "destroy says so.",
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
  .describe("VPCs of this account that also resolve the zone. Default: none.");

/** The `dns` part of a stack's config. */
export const dnsRequest = z.discriminatedUnion("type", [
  strict({
    type: z
      .literal("private")
      .describe(
        "private: a zone made here, resolved only inside VPCs. public: a zone made here, delegated from its " +
          "parent. existing: a zone made elsewhere. none: no names, nodes find the API by its load balancer. A " +
          "zone costs USD 0.50 a month.",
      ),
    name: domain.describe(
      "Domain of the clusters' names. Changing it renames every cluster without a dot in its name, which makes it " +
        "another cluster.",
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
        "Zone that gets the NS record of a public zone; a destroy removes the record. Default: none, you enter the " +
          "name servers from the outputs.",
      ),
    delegation,
    records,
    forceDestroy,
  }),
  strict({
    type: z.literal("existing"),
    name: domain,
    id: zoneId
      .optional()
      .describe("Hosted zone id. Default: the only zone of this name and visibility in the account."),
    visibility: z.enum(["public", "private"]).describe("Whether the existing zone is public or private."),
    associate: z
      .boolean()
      .optional()
      .describe(
        "Whether Pilot associates the environment's VPC with a private zone. Default: true for a VPC that is made " +
          "here, " +
          "false for an existing VPC, which must be associated already.",
      ),
    delegation,
    records,
  }),
  strict({ type: z.literal("none"), name: domain }),
]);

/**
 * - `private`: a hosted zone made here, resolved inside the environment's VPC and those in `vpcs`.
 * - `public`: a hosted zone made here, delegated from its `parent` if given.
 * - `existing`: a hosted zone made elsewhere, looked up and checked; only records given here are made in it.
 * - `none`: no records. Nodes find the API by its load balancer (kOps `dns: none`); `name` only names clusters.
 */
export type DnsRequest = z.output<typeof dnsRequest>;

export type RecordRequest = z.output<typeof record>;
export type DelegationRequest = NonNullable<z.output<typeof delegation>>;
