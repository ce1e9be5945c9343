import { z } from "zod";

const answer = z.object({ accounts: z.array(z.string()) });

/** The account of credentials that are nobody's in particular: moto's own. */
export const usualAccount = "123456789012";

/** The accounts there are; the usual one always is. */
export async function accountsOf(endpoint: string): Promise<string[]> {
  const response = await fetch(`${endpoint}/_pilot/accounts`);
  if (!response.ok) throw new Error(`the AWS API answered ${response.status} to the question for accounts`);
  return [...new Set([usualAccount, ...answer.parse(await response.json()).accounts])];
}

interface Stack {
  add(middleware: unknown, options: { step: "build"; name: string }): void;
}

interface Asked {
  request: { headers: Record<string, string> };
}

/** Has a client work in an account, whatever its credentials: moto takes this header's word for it. */
export function inAccount<C extends { middlewareStack: unknown }>(client: C, account: string): C {
  const middleware = (next: (asked: Asked) => Promise<unknown>) => (asked: Asked) => {
    asked.request.headers["x-moto-account-id"] = account;
    return next(asked);
  };
  (client.middlewareStack as Stack).add(middleware, { step: "build", name: "inAccount" });
  return client;
}
