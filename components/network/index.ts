export * from "./create-network.ts";
export * from "./ExistingNetwork.ts";
export * from "./Network.ts";
export * from "./outputs.ts";
export * from "./problems.ts";
export * from "./request.ts";
export * from "./subnets.ts";
export * from "./VpcPeering.ts";
