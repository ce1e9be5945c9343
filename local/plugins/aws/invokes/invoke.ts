import type { Props } from "../../protocol/values.ts";
import type { Context } from "../shared/handler.ts";

export type InvokeContext = Pick<Context, "clients" | "region" | "partition" | "tagSettings" | "account">;

/** A function of the program: takes checked arguments and returns the result. */
export type Invoke = (context: InvokeContext, args: Props) => Promise<Record<string, unknown>>;

/** The context with which a resource's own `read` serves a lookup. */
export function reading(context: InvokeContext): Context {
  return {
    ...context,
    created: () => undefined,
    waitFor: (what) => Promise.reject(new Error(`a lookup does not wait for ${what}`)),
  };
}
