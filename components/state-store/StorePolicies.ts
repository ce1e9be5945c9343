import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags/makers.ts";
import { breakGlassPolicy, operatorPolicy, pipelinePolicy, type Policy, type StoreUse } from "./policies.ts";

export interface StorePoliciesArgs {
  buckets: StoreUse["buckets"];
  partition: string;
  /** Of the key that the state bucket is encrypted by. @default S3's own keys */
  keyArn?: pulumi.Output<string> | undefined;
  /** Whether they are made as managed policies, free of charge. @default false */
  managed?: boolean | undefined;
  tags?: Tags | undefined;
}

/** Policy texts, by who they are for. */
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

/**
 * What people and pipelines need of the store, in the account that the clusters are in. Nodes need nothing of it: kOps
 * gives their roles what they need.
 */
export class StorePolicies extends pulumi.ComponentResource {
  readonly texts: PolicyTexts;
  /** ARNs of the managed policies; absent where none are made. */
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
