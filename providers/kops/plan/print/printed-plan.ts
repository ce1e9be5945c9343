import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isMissing } from "../../model/errors.ts";
import { stateFolder, sweep } from "../../runtime/scratch.ts";
import type { OperationContext } from "../../operation/context.ts";
import { digestOf } from "../../model/spec.ts";
import { parseStoreUrl } from "../../store/object-store.ts";
import { ownerPrefix } from "../../runtime/process-identity.mjs";

/*
 * ETags of the manifests on which the printed plan was made, and its digest. Before the write, Pulumi asks the user,
 * works on other clusters and waits for the lock; and preview and update of one `pulumi up` are two plugin processes of
 * one engine. So a private file keeps them for this engine.
 */

const shownPlan = z.object({ etags: z.record(z.string(), z.string()), digest: z.string() });
type ShownPlan = z.infer<typeof shownPlan>;

type PlanContext = {
  readonly inputs: Pick<OperationContext["inputs"], "name" | "stateStore">;
  readonly env: NodeJS.ProcessEnv;
};

function placeOf({ inputs, env }: PlanContext, engine: number): { folder: string; file: string } {
  const folder = join(stateFolder(env), "shown");
  const which = digestOf({
    name: inputs.name,
    store: parseStoreUrl(inputs.stateStore),
    endpoint: env["S3_ENDPOINT"] ?? "",
  });
  return { folder, file: join(folder, `${ownerPrefix(engine)}${which}.json`) };
}

/** Writes a private file that ends with the engine. False if it exists. */
async function writeOnce(folder: string, file: string, text: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder);
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Whether this run of Pulumi has not printed these lines yet: preview and update of one `up` both come to them. */
export async function isFirstPrint(
  cluster: string,
  lines: readonly string[],
  env: NodeJS.ProcessEnv,
  engine = process.ppid,
): Promise<boolean> {
  const folder = join(stateFolder(env), "shown");
  return await writeOnce(folder, join(folder, `${ownerPrefix(engine)}${digestOf({ cluster, lines })}.lines`), "");
}

/**
 * Records what a printed plan was made on. The first record of a `pulumi up` stays: it is the plan the user accepted.
 */
export async function recordShownPlan(context: PlanContext, plan: ShownPlan, engine = process.ppid): Promise<void> {
  const { folder, file } = placeOf(context, engine);
  await writeOnce(folder, file, JSON.stringify(plan));
}

/** What {@link recordShownPlan} kept for this run of Pulumi, once; undefined when no plan was printed. */
export async function takeShownPlan(context: PlanContext, engine = process.ppid): Promise<ShownPlan | undefined> {
  const { file } = placeOf(context, engine);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  await rm(file, { force: true });
  return shownPlan.parse(JSON.parse(text));
}
