export * from "./Environment.ts";
