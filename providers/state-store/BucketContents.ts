import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { ContentsInputs } from "./contents.ts";
import { shim } from "./shim.ts";

export type BucketContentsArgs = {
  [Name in keyof ContentsInputs]:
    Input<NonNullable<ContentsInputs[Name]>> | (undefined extends ContentsInputs[Name] ? undefined : never);
};

/**
 * The contents of a bucket of the state store. Only this resource ever deletes them: when it is destroyed, it deletes
 * every version of every object if `onDestroy` is `purge` and no cluster lives in the bucket, and nothing otherwise. It
 * depends on everything that a living cluster needs, so Pulumi destroys it first: if it refuses, the rest stays.
 */
export class BucketContents extends CustomResource {
  constructor(name: string, args: BucketContentsArgs, opts?: CustomResourceOptions) {
    super("pulumi-nodejs:dynamic/store:BucketContents", name, { ...args, __provider: shim }, opts);
  }
}
