import { z } from "zod";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";

/** A resource that would change. */
const resourceChange = z.object({
  /** Pulumi's word: create, update, replace, delete, import … */
  op: z.string(),
  urn: z.string(),
  /** Such as `aws:ec2/vpcEndpoint:VpcEndpoint`. */
  type: z.string(),
  name: z.string(),
  /** Inputs that differ, each as `path: before → after`; a secret by its path only. */
  details: z.array(z.string()),
  /** Everything that changes, by property path, as digests. None in previews of older versions. */
  digests: z.record(z.string(), z.string()).default({}),
});

export type ResourceChange = z.infer<typeof resourceChange>;

/** What waits already, without the pull request: changes that were merged before and are not applied. */
const waiting = z.object({
  /** Why it is not known. */
  problems: z.array(z.string()),
  resources: z.array(resourceChange),
  clusters: z.array(planDocument),
});

export type Waiting = z.infer<typeof waiting>;

/** The result of one stack's preview: the pull request shows it, and it limits the `up` after the merge. */
export const previewDocument = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** Newest commit of the pull request, if given. */
  commit: z.string().optional(),
  status: z.enum(["planned", "failed"]),
  /** Errors of Pulumi and of the program. */
  problems: z.array(z.string()),
  resources: z.array(resourceChange),
  /** Number of resources that do not change. */
  unchanged: z.int(),
  /** kOps's plan for each cluster that changes. */
  clusters: z.array(planDocument),
  /** Absent where the whole preview was reviewed, whoever wrote it: by hand, on the local cloud. */
  waiting: waiting.optional(),
});

export type PreviewDocument = z.infer<typeof previewDocument>;
