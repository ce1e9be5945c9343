import { deferredOutput } from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";

/** What the SDK has on every output but leaves out of its types: whether the engine knows the value by now. */
interface Knowing {
  readonly isKnown: Promise<boolean>;
}

async function isKnown(output: Output<unknown>): Promise<boolean> {
  return await (output as unknown as Knowing).isKnown;
}

/** The value under `name` of a record of outputs that are known in a preview. Known only when the record has it. */
async function copyOf<T>(
  known: Output<Record<string, unknown> | undefined>,
  name: string,
): Promise<Output<T> | undefined> {
  if (!(await isKnown(known))) return undefined;
  const has = await new Promise<boolean>((resolve) => {
    known.apply((record) => {
      resolve(record !== undefined && name in record);
    });
  });
  return has ? known.apply((record) => record?.[name] as T) : undefined;
}

/** An output of a resource; while the engine does not know it, what is known of it beforehand. */
export function firstKnown<T>(
  own: Output<T>,
  known: Output<Record<string, unknown> | undefined>,
  name: string,
): Output<T> {
  const [output, resolve] = deferredOutput<T>();
  const choose = async (): Promise<Output<T>> => {
    if (await isKnown(own)) return own;
    return (await copyOf<T>(known, name)) ?? own;
  };
  // A resource that failed rejects its outputs: then this one does, too, by the one that it stands for.
  void choose().then(resolve, () => {
    resolve(own);
  });
  return output;
}
