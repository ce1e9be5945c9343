import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags/subnet-tags.ts";
import { breakGlassPolicy, operatorPolicy, pipelinePolicy, type Policy, type StoreUse } from "./policies.ts";

export interface StorePoliciesArgs {
  buckets: StoreUse["buckets"];
  partition: string;
  /** ARN of the state bucket's key. @default S3's own keys */
  keyArn?: pulumi.Output<string> | undefined;
  /** Whether to make them as managed policies, free of charge. @default false */
  managed?: boolean | undefined;
  tags?: Tags | undefined;
}

/** Policy texts, by their users. */
export type PolicyTexts = Record<"pipeline" | "operators" | "breakGlass", pulumi.Output<string>>;

const makers: Record<keyof PolicyTexts, (use: StoreUse) => Policy> = {
  pipeline: pipelinePolicy,
  operators: operatorPolicy,
  breakGlass: breakGlassPolicy,
};

const purposes: Record<keyof PolicyTexts, string> = {
  pipeline: "Work on the state of clusters",
  operators: "Read manifests of clusters, no keys",
  breakGlass: "Make admin certificates of clusters",
};

/** Rights of people and pipelines on the store, in the clusters' account. kOps itself gives nodes their rights. */
export class StorePolicies extends pulumi.ComponentResource {
  readonly texts: PolicyTexts;
  /** ARNs of the managed policies; absent if there are none. */
  readonly arns?: PolicyTexts;

  constructor(
    name: string,
    { buckets, partition, keyArn, managed, tags }: StorePoliciesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("pilot:store:StorePolicies", name, {}, opts);
    const textOf = (make: (use: StoreUse) => Policy): pulumi.Output<string> =>
      pulumi.output(keyArn).apply((arn) => JSON.stringify(make({ buckets, partition, keyArn: arn })));
    this.texts = {
      pipeline: textOf(makers.pipeline),
      operators: textOf(makers.operators),
      breakGlass: textOf(makers.breakGlass),
    };
    if (managed === true) {
      const policy = (who: keyof PolicyTexts): pulumi.Output<string> =>
        new aws.iam.Policy(
          `${name}-${who}`,
          { name: `${buckets.state}-${who}`, description: purposes[who], policy: this.texts[who], tags: { ...tags } },
          { parent: this },
        ).arn;
      this.arns = { pipeline: policy("pipeline"), operators: policy("operators"), breakGlass: policy("breakGlass") };
    }
    this.registerOutputs({ texts: this.texts, arns: this.arns });
  }
}
