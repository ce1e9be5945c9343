import { text } from "../shared/handler.ts";
import { dnsSuffixOf } from "../shared/partition.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = (context, args) => {
  const region = text(args, "name") ?? context.region;
  const endpoint = `ec2.${region}.${dnsSuffixOf(region)}`;
  if (text(args, "endpoint") !== undefined && text(args, "endpoint") !== endpoint)
    throw new Error(`the endpoint of ${region} is ${endpoint}`);
  return Promise.resolve({ description: region, endpoint, id: region, name: region, region });
};
