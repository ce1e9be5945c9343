import { z } from "zod";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";

/** A resource that would change. */
export const resourceChange = z.object({
  /** Pulumi's word: create, update, replace, delete, import … */
  op: z.string(),
  urn: z.string(),
  /** Such as `aws:ec2/vpcEndpoint:VpcEndpoint`. */
  type: z.string(),
  name: z.string(),
  /** Inputs that differ, each as `path: before → after`; secrets by their path only. */
  details: z.array(z.string()),
});

export type ResourceChange = z.infer<typeof resourceChange>;

/**
 * What a preview of one stack found: what is shown in the pull request, and what an `up` after the merge is held to.
 */
export const previewDocument = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** Newest commit of the pull request, where one was named. */
  commit: z.string().optional(),
  status: z.enum(["planned", "failed"]),
  /** What Pulumi and the program complained of. */
  problems: z.array(z.string()),
  resources: z.array(resourceChange),
  /** Resources that stay as they are. */
  unchanged: z.int(),
  /** What kOps would do, for each cluster that changes. */
  clusters: z.array(planDocument),
});

export type PreviewDocument = z.infer<typeof previewDocument>;
