export * from "./Pipeline.ts";
export * from "./fill.ts";
export * from "./request.ts";
export * from "./roles.ts";
export * from "./create-pipeline.ts";
