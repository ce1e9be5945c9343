import { z } from "zod";

const answer = z.object({ accounts: z.array(z.string()) });

/** moto's default account, which it uses for unknown credentials. */
export const usualAccount = "123456789012";

/** All accounts; the default account always exists. */
export async function accountsOf(endpoint: string): Promise<string[]> {
  const response = await fetch(`${endpoint}/_pilot/accounts`);
  if (!response.ok) throw new Error(`the AWS API answered ${response.status} to the request for accounts`);
  return [...new Set([usualAccount, ...answer.parse(await response.json()).accounts])];
}

interface Stack {
  add(middleware: unknown, options: { step: "build"; name: string }): void;
}

interface Asked {
  request: { headers: Record<string, string> };
}

/** Makes a client work in an account, whatever its credentials: moto trusts this header. */
export function inAccount<C extends { middlewareStack: unknown }>(client: C, account: string): C {
  const middleware = (next: (asked: Asked) => Promise<unknown>) => (asked: Asked) => {
    asked.request.headers["x-moto-account-id"] = account;
    return next(asked);
  };
  (client.middlewareStack as Stack).add(middleware, { step: "build", name: "inAccount" });
  return client;
}
