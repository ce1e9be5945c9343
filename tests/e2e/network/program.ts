import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { createNetwork } from "../../../components/network/index.ts";
import type { CreateNetworkArgs } from "../../../components/network/index.ts";

/*
 * The program of a network checkout: the network of network.json. The test writes it over index.ts with adapted paths.
 */
const args = JSON.parse(readFileSync(join(import.meta.dirname, "network.json"), "utf8")) as CreateNetworkArgs;

const network = await createNetwork("net", args).catch((error: unknown) => {
  // The real program, too, shows problems of the input without a stack trace.
  throw error instanceof Error && error.name === "ConfigError" ? new pulumi.RunError(error.message) : error;
});

export const vpcId = network.vpcId;
export const vpcCidr = network.vpcCidr;
export const secondaryCidrs = network.secondaryCidrs;
export const zones = network.zones;
