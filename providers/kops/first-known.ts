import { deferredOutput } from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";

/** A member of every output that the SDK leaves out of its types: whether the engine knows the value yet. */
interface Knowing {
  readonly isKnown: Promise<boolean>;
}

/** Whether a preview knows the value. */
export async function isKnown(output: Output<unknown>): Promise<boolean> {
  return await (output as unknown as Knowing).isKnown;
}

/** The value under `name` in the outputs that a preview knows. Undefined when it is not there. */
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

/** An output of a resource. As long as the engine does not know it, the value that is known in advance. */
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
  // A failed resource rejects its outputs. Then this output rejects too, through the one it stands for.
  void choose().then(resolve, () => {
    resolve(own);
  });
  return output;
}
