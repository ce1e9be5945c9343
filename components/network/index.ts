export * from "./Network.ts";
export * from "./subnets.ts";
