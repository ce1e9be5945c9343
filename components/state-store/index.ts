export * from "./account-block.ts";
export * from "./bucket-names.ts";
export * from "./create-state-store.ts";
export * from "./discovery.ts";
export * from "./request.ts";
export * from "./StateStore.ts";
export * from "./StorePolicies.ts";
