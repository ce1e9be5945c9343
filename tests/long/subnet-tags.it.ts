import { subnetTags } from "../e2e/subnet-tags/rounds.ts";

subnetTags({ rounds: 10, comes: 4, goes: 7 });
