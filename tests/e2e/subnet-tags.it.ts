import { subnetTags } from "./subnet-tags/rounds.ts";

subnetTags({ rounds: 3, comes: 2, goes: 3 });
