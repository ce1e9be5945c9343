import { expect } from "chai";
import { inventory } from "../inventory.ts";
import { unchanged } from "../summary.ts";
import type { NetworkCheckout, Picture } from "./index.ts";

/** Neither another up nor a refresh makes a change. */
export async function expectNoChanges(net: NetworkCheckout): Promise<void> {
  expect((await net.up()).output).to.match(unchanged);
  expect((await net.refresh()).output).to.match(unchanged);
}

/** Destroys the network and checks that nothing is left in the AWS API. */
export async function expectNoneLeft(net: NetworkCheckout): Promise<void> {
  await net.destroy();
  expect(await inventory(net.endpoint)).to.deep.equal({});
}

/** Ids of the subnets, by name. */
export const ids = ({ subnets }: Picture): Record<string, string> =>
  Object.fromEntries(Object.entries(subnets).map(([name, { id }]) => [name, id]));

/** The default route of each subnet, by name. */
export const defaultRoutes = ({ subnets }: Picture): Record<string, string> =>
  Object.fromEntries(Object.entries(subnets).map(([name, { out }]) => [name, out]));
