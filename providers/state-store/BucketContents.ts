import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { ContentsInputs } from "./contents.ts";
import { shim } from "./shim.ts";

export type BucketContentsArgs = {
  [Name in keyof ContentsInputs]:
    Input<NonNullable<ContentsInputs[Name]>> | (undefined extends ContentsInputs[Name] ? undefined : never);
};

/**
 * What is in a bucket of the state store, and the only thing that ever deletes it: at its end every version of every
 * object where `onDestroy` is `purge` and no cluster lives in it, else nothing. It depends on all that must not go
 * while a cluster lives, and so comes to its end before that: where it refuses, the rest stays.
 */
export class BucketContents extends CustomResource {
  constructor(name: string, args: BucketContentsArgs, opts?: CustomResourceOptions) {
    super("pulumi-nodejs:dynamic/store:BucketContents", name, { ...args, __provider: shim }, opts);
  }
}
