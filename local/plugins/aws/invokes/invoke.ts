import type { Props } from "../../protocol/values.ts";
import type { Context } from "../shared/handler.ts";

export type InvokeContext = Pick<Context, "clients" | "region" | "partition" | "tagSettings" | "account">;

/** A function of the program: arguments that were checked against the declaration, and what is found. */
export type Invoke = (context: InvokeContext, args: Props) => Promise<Record<string, unknown>>;

/** The context with which a resource's own `read` serves a look-up. */
export function reading(context: InvokeContext): Context {
  return {
    ...context,
    created: () => undefined,
    waitFor: (what) => Promise.reject(new Error(`a look-up does not wait for ${what}`)),
  };
}
