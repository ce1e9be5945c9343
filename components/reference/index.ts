export * from "./cluster.ts";
export * from "./environment.ts";
export * from "./read.ts";
export * from "./trust.ts";
