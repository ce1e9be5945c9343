import { subnetTags } from "./subnet-tags/rounds.ts";

subnetTags({ rounds: 3, addedIn: 2, removedIn: 3 });
