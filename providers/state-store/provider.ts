import { ExplainedError } from "../kops/model/errors.ts";
import { hasUnknown } from "../kops/model/unknown.ts";
import { canonicalJson } from "../kops/model/spec.ts";
import { contentsInputs, endContents, refuseReplacement } from "./contents.ts";
import type { ContentsInputs } from "./contents.ts";

/*
 * The implementation behind the shim (`shim.ts`), one function for each of Pulumi's verbs. The state of every
 * environment holds this path and these exported names: they never change.
 */

type State = Record<string, unknown>;

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const given = (props: State): State =>
  Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
const parse = (props: State): ContentsInputs => contentsInputs.parse(given(props));

/** Runs a verb. Pulumi prints the stack of a thrown error; an error that explains itself needs none. */
async function perform<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (error) {
    if (error instanceof ExplainedError) error.stack = "";
    throw error;
  }
}

export function check(_olds: State, news: State): Promise<{ inputs: State; failures: [] }> {
  return Promise.resolve({ inputs: news, failures: [] });
}

/**
 * A change of these is another resource: Pulumi destroys the old contents after the new bucket was made. The
 * environment's resource has no contents. It changes in place, so that it is destroyed only with the environment.
 */
const identity = ["bucket", "role"] as const;

export function diff(_id: string, olds: State, news: State): Promise<{ changes: boolean; replaces?: string[] }> {
  return perform(async () => {
    const [old, desired] = [given(olds), given(news)];
    const replaces = identity.filter((key) => old[key] !== desired[key] && !hasUnknown(desired[key]));
    if (replaces.length > 0) {
      await refuseReplacement(parse(olds), { bucket: String(desired["bucket"]) });
      return { changes: true, ...(desired["kind"] !== "environment" && { replaces }) };
    }
    return { changes: canonicalJson(old) !== canonicalJson(desired) };
  });
}

export function create(props: State): Promise<{ id: string; outs: State }> {
  return perform(() => Promise.resolve({ id: parse(props).bucket, outs: { ...parse(props) } }));
}

export function update(_id: string, _olds: State, news: State): Promise<{ outs: State }> {
  return perform(() => Promise.resolve({ outs: { ...parse(news) } }));
}

export function read(id: string, props: State): Promise<{ id: string; props: State }> {
  return Promise.resolve({ id, props });
}

async function remove(_id: string, props: State): Promise<void> {
  await perform(() =>
    endContents(parse(props), (line) => {
      console.log(`[state store] ${line}`);
    }),
  );
}
export { remove as delete };
