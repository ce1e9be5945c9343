import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { cloudState } from "../../../local/cloud/index.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import type { CreateNetworkArgs } from "../../../components/network/index.ts";
import { makeCheckoutWith } from "../checkout.ts";
import type { Checkout, Ran } from "../checkout.ts";
import { writesTo } from "../requests.ts";
import { pictureOf } from "./picture.ts";
import type { Picture } from "./picture.ts";

export { nameOf } from "./picture.ts";
export type { Picture, SubnetPicture } from "./picture.ts";

export const region = "ap-southeast-2";

/** Zones of the region, from their letters. */
export const zonesOf = (letters: string): string[] => letters.split("").map((letter) => `${region}${letter}`);

/** Settings of an AWS client for a local cloud. */
export function clientOf(
  endpoint: string,
  place: string = region,
): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } } {
  return { endpoint, region: place, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
}

const flags = ["--stack", "sbx", "--non-interactive"];

/** A checkout whose program has only one network. */
export interface NetworkCheckout extends Checkout {
  /** The AWS API. */
  readonly endpoint: string;
  readonly ec2: EC2Client;
  /** Writes what the program declares. */
  declare(args: Omit<CreateNetworkArgs, "region">): Promise<void>;
  up(...more: string[]): Promise<Ran>;
  upFails(): Promise<Ran>;
  preview(...more: string[]): Promise<Ran>;
  previewFails(): Promise<Ran>;
  refresh(): Promise<Ran>;
  destroy(): Promise<Ran>;
  /** The network as AWS shows it now. */
  picture(): Promise<Picture>;
  /** Number of changing AWS requests so far, by service. */
  changes(): Promise<Record<string, number>>;
}

export function makeNetworkCheckout(): Promise<NetworkCheckout> {
  return makeCheckoutWith(extend);
}

async function extend(checkout: Checkout): Promise<NetworkCheckout> {
  const program = await readFile(join(import.meta.dirname, "program.ts"), "utf8");
  await checkout.write("index.ts", program.replaceAll("../../../", "./"));
  await checkout.local("pulumi", "stack", "select", "--create", "sbx");
  const state = await cloudState(layoutOf(checkout.folder, {}));
  if (!state) throw new Error("the local cloud does not run");
  const { endpoint } = state;
  const ec2 = new EC2Client(clientOf(endpoint));
  const stackOutput = async (): Promise<{ vpcId: string }> =>
    JSON.parse((await checkout.local("pulumi", "stack", "output", "--json", "--stack", "sbx")).output) as {
      vpcId: string;
    };
  return {
    ...checkout,
    endpoint,
    ec2,
    declare: (args) => checkout.write("network.json", JSON.stringify({ region, ...args }, null, 2)),
    up: (...more) => checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more),
    upFails: () => checkout.localFails("pulumi", "up", ...flags, "--yes", "--skip-preview"),
    preview: (...more) => checkout.local("pulumi", "preview", ...flags, ...more),
    previewFails: () => checkout.localFails("pulumi", "preview", ...flags),
    refresh: () => checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview"),
    destroy: () => checkout.local("pulumi", "destroy", ...flags, "--yes", "--skip-preview"),
    picture: async () => pictureOf(ec2, (await stackOutput()).vpcId),
    changes: () => writesTo(endpoint),
  };
}
