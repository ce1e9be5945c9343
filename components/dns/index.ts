export * from "./Dns.ts";
