import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import type { Tags } from "../../tags/subnet-tags.ts";

const someTags = z.record(z.string().min(1), z.string());

const chosenSubnets = strict({
  ids: z
    .array(
      z.string().regex(/^subnet-[0-9a-f]+$/, { error: "must be the id of a subnet, such as subnet-0123456789abcdef0" }),
    )
    .min(1)
    .optional()
    .describe("Exactly these, one in each zone."),
  tags: someTags
    .optional()
    .describe(
      "The VPC's subnets that carry all of these tags; each zone must have exactly one. Subnets in other zones are " +
        "ignored.",
    ),
});

export const existing = strict({
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]+$/, { error: "must be the id of a VPC, such as vpc-0123456789abcdef0" })
    .optional()
    .describe("The VPC. Or give tags."),
  tags: someTags.optional().describe("Tags that exactly one VPC of the account and region carries. Or give vpcId."),
  subnets: strict({
    private: chosenSubnets
      .optional()
      .describe(
        "Subnets of nodes, with a route out by NAT, transit gateway or the like. Default: none, nodes live in " +
          "utility subnets.",
      ),
    utility: chosenSubnets
      .optional()
      .describe(
        "Subnets of public load balancers, with a route to an internet gateway. Default: none, everything is internal.",
      ),
  }).describe("Its subnets, one of each kind in each zone; private, utility or both."),
  freeAddresses: z
    .int()
    .min(1)
    .max(65536)
    .optional()
    .describe("Free addresses that each subnet of nodes must have before a cluster is put into it. Default: 16."),
  egress: z
    .enum(["required", "none"])
    .optional()
    .describe(
      "Whether private subnets must have a default route (NAT, transit gateway, appliance). With none, images and " +
        "AWS APIs must come from elsewhere. Default: required.",
    ),
  roleTags: z
    .enum(["expect", "own", "ignore"])
    .optional()
    .describe(
      "The tags by which load balancer controllers find subnets. expect: they must be there. own: made here and " +
        "removed by destroy, even if they were there before. ignore: not needed, load balancers name their subnets. " +
        "Default: expect.",
    ),
}).describe(
  "A VPC and subnets made elsewhere, instead of new ones. They are looked up and checked; only tags are made in " +
    "them. " +
    "Default: none.",
);

export type ChosenSubnets = z.output<typeof chosenSubnets>;

export type ExistingRequest = z.output<typeof existing>;

export type RoleTags = NonNullable<ExistingRequest["roleTags"]>;

const exactlyOne = (one: unknown, other: unknown): boolean => (one === undefined) !== (other === undefined);

/** What is wrong with the request itself. */
export function existingProblems({ vpcId, tags, subnets }: ExistingRequest): Issue[] {
  const problems: Issue[] = [];
  const noTags = (given: Tags | undefined, path: PropertyKey[]): void => {
    if (given && Object.keys(given).length === 0)
      problems.push({ path, message: "must not be empty: everything would match" });
  };
  if (!exactlyOne(vpcId, tags)) problems.push({ path: ["existing"], message: "needs either vpcId or tags of the VPC" });
  noTags(tags, ["existing", "tags"]);
  if (!subnets.private && !subnets.utility)
    problems.push({ path: ["existing", "subnets"], message: "needs private or utility subnets" });
  const owners = new Map<string, string>();
  for (const kind of ["private", "utility"] as const) {
    const chosen = subnets[kind];
    if (!chosen) continue;
    const path = ["existing", "subnets", kind];
    if (!exactlyOne(chosen.ids, chosen.tags)) problems.push({ path, message: "needs either ids or tags" });
    noTags(chosen.tags, [...path, "tags"]);
    for (const [index, id] of (chosen.ids ?? []).entries()) {
      const owner = owners.get(id);
      if (owner !== undefined)
        problems.push({ path: [...path, "ids", index], message: `${id} is listed twice, here and in ${owner}` });
      owners.set(id, kind);
    }
  }
  return problems;
}
