import { subnetTags } from "../e2e/subnet-tags/rounds.ts";

subnetTags({ rounds: 10, addedIn: 4, removedIn: 7 });
