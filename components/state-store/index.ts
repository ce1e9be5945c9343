export * from "./bucket-names.ts";
export * from "./StateStore.ts";
