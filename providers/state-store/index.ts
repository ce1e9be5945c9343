export { openBucket, unlessGone } from "./bucket.ts";
export type { Place } from "./bucket.ts";
export { BucketContents } from "./BucketContents.ts";
export { clusterNames, livingIn } from "./living.ts";
export type { LivingCluster } from "./living.ts";
