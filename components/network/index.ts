export * from "./create-network.ts";
export * from "./existing/ExistingNetwork.ts";
export * from "./Network.ts";
export * from "./model/outputs.ts";
export * from "./request.ts";
export * from "./model/subnets.ts";
export * from "./VpcPeering.ts";
