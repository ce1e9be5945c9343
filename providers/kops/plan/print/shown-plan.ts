import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isMissing } from "../../model/errors.ts";
import { beginOfProcess } from "../../runtime/orphans.ts";
import { stateFolder, sweep } from "../../runtime/scratch.ts";
import type { OperationContext } from "../../operation/operation.ts";
import { digestOf } from "../../model/spec.ts";
import { parseStoreUrl } from "../../store/store.ts";

/*
 * The manifests, by their ETags, on which the plan was made that a person saw. Between that and the write lie the
 * question whether to go on, other clusters, and the wait for the lock; the preview and the update of one `pulumi up`
 * are two plugin processes of one engine. So they are kept in a private file, for this engine alone.
 */

const etags = z.record(z.string(), z.string());

type Seat = {
  readonly inputs: Pick<OperationContext["inputs"], "name" | "stateStore">;
  readonly env: NodeJS.ProcessEnv;
};

function placeOf({ inputs, env }: Seat, engine: number): { folder: string; file: string } {
  const folder = join(stateFolder(env), "shown");
  const which = digestOf({
    name: inputs.name,
    store: parseStoreUrl(inputs.stateStore),
    endpoint: env["S3_ENDPOINT"] ?? "",
    begin: beginOfProcess(engine),
  });
  return { folder, file: join(folder, `${engine}-${which}.json`) };
}

/**
 * Keeps what a plan was made on that is shown. The first of a run of Pulumi stays: it is the one that was agreed to.
 */
export async function recordShownPlan(
  seat: Seat,
  on: Readonly<Record<string, string>>,
  engine = process.ppid,
): Promise<void> {
  const { folder, file } = placeOf(seat, engine);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder);
  try {
    await writeFile(file, JSON.stringify(on), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** What {@link recordShownPlan} kept of this run of Pulumi, once; nothing when no plan was shown. */
export async function takeShownPlan(seat: Seat, engine = process.ppid): Promise<Record<string, string> | undefined> {
  const { file } = placeOf(seat, engine);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  await rm(file, { force: true });
  return etags.parse(JSON.parse(text));
}
