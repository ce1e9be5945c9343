import { expect } from "chai";
import { inventory } from "../inventory.ts";
import { unchanged } from "../summary.ts";
import type { NetworkCheckout, Picture } from "./index.ts";

/** Neither another up nor a refresh finds anything to do. */
export async function still(net: NetworkCheckout): Promise<void> {
  expect((await net.up()).output).to.match(unchanged);
  expect((await net.refresh()).output).to.match(unchanged);
}

/** Goes, and leaves nothing in the AWS API. */
export async function gone(net: NetworkCheckout): Promise<void> {
  await net.destroy();
  expect(await inventory(net.endpoint)).to.deep.equal({});
}

/** Ids of the subnets, by name. */
export const ids = ({ subnets }: Picture): Record<string, string> =>
  Object.fromEntries(Object.entries(subnets).map(([name, { id }]) => [name, id]));

/** By which way out each subnet goes, by name. */
export const outs = ({ subnets }: Picture): Record<string, string> =>
  Object.fromEntries(Object.entries(subnets).map(([name, { out }]) => [name, out]));
