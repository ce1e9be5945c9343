import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError, messageOf } from "./errors.ts";

const accessFile = z.strictObject({
  clusters: z.record(z.string(), z.strictObject({ server: z.url() })),
});

/**
 * How the machine at hand reaches the Kubernetes API of a cluster, when not by its own name. The certificate is checked all
 * the same: against the cluster's CA and the name `api.internal.<cluster>`, which kOps asks of it whatever the address.
 */
export interface Access {
  /** Address of the API, `https://host:port`. */
  server: string;
}

/**
 * Where the operator stands is not part of the stack: a laptop behind a tunnel and a pipeline inside the VPC share one
 * state. So the override is read from the file named by `PILOT_ACCESS`, at the time of use, and reaches no input or output.
 */
export async function accessOf(cluster: string, env: NodeJS.ProcessEnv): Promise<Access | undefined> {
  const file = env["PILOT_ACCESS"];
  if (!file) return undefined;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  let parsed: z.infer<typeof accessFile>;
  try {
    parsed = accessFile.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError({
      what: `The access file ${file} (PILOT_ACCESS) cannot be used`,
      why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
      next: 'write it as {"clusters": {"<cluster name>": {"server": "https://host:port"}}}',
    }, error);
  }
  return parsed.clusters[cluster];
}
