export * from "./build.ts";
export * from "./Environment.ts";
export * from "./read.ts";
