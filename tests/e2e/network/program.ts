import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { createNetwork } from "../../../components/network/index.ts";
import type { CreateNetworkArgs } from "../../../components/network/index.ts";

/*
 * The program of a network checkout: the network that network.json asks for, and nothing else. Written over index.ts
 * there, with paths to suit.
 */
const args = JSON.parse(readFileSync(join(import.meta.dirname, "network.json"), "utf8")) as CreateNetworkArgs;

const network = await createNetwork("net", args).catch((error: unknown) => {
  // As the program itself does: what is wrong with the input is shown without a stack trace.
  throw error instanceof Error && error.name === "ConfigError" ? new pulumi.RunError(error.message) : error;
});

export const vpcId = network.vpcId;
export const vpcCidr = network.vpcCidr;
export const secondaryCidrs = network.secondaryCidrs;
export const zones = network.zones;
