import type { Story } from "../stage.ts";
import { existingVpc } from "./existing-vpc.ts";
import { oneOfMany } from "./one-of-many.ts";
import { teamCluster } from "./team-cluster.ts";
import { tryIt } from "./try-it.ts";

/** The stories that guides show, each in a checkout of its own. */
export const stories: readonly Story[] = [tryIt, oneOfMany, teamCluster, existingVpc];
