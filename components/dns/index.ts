export * from "./create-dns.ts";
export * from "./Dns.ts";
export * from "./existing.ts";
export * from "./outputs.ts";
export * from "./problems.ts";
export * from "./request.ts";
export type { ZoneBefore } from "./zone-changes.ts";
