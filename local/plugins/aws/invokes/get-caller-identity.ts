import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async ({ clients }) => {
  const { account, arn, userId } = await clients.whoami();
  return { accountId: account, arn, id: account, userId };
};
