import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { YAMLException } from "js-yaml";
import { ConfigError, ExplainedError, inOneLine } from "../providers/kops/model/errors.ts";
import { clustersIn } from "../providers/kops/store/clusters.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { assess, exitCodeOf, type Assessment } from "./assess/assessment.ts";
import { assessmentLines } from "./assess/lines.ts";
import { assessmentPage } from "./assess/page.ts";
import { readStored } from "./assess/stored.ts";
import type { Shell } from "./base/shell.ts";
import { firstLook, openTyped, shellOf, type FoundStore } from "./cluster-command.ts";
import { identityOf } from "./destroy-plan.ts";
import type { StoreTyped } from "./given-identity.ts";
import { lookForDrift } from "./status/drift.ts";
import { inputsFrom, readStoreFacts } from "./status/look.ts";

/** Where files go, unless `--out` says otherwise. */
const usualFolder = "assessed";

/** Refuses a folder with files: they may be edited already. */
async function refuseUsed(folder: string): Promise<void> {
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new ConfigError({
      what: `Nothing is written to ${folder}`,
      why: "it has files, which may be edited already",
      next: "remove it, or name another folder: --out FOLDER",
    });
}

/** Where AWS differs from the manifests, by kOps's dry run. */
async function driftOf(
  name: string,
  { store, given }: Pick<FoundStore, "given"> & { store: ObjectStore },
  { env, now }: Pick<Shell, "env" | "now">,
): Promise<string[]> {
  const facts = await readStoreFacts(store, name, now);
  if (facts === undefined) return [];
  const identity = identityOf(name, facts.spec, { given, recorded: facts.journal?.identity, env });
  const found = await lookForDrift(inputsFrom(facts, store, identity), facts);
  return "lines" in found ? found.lines : [`not known: ${found.unknown}`];
}

/**
 * Assesses all clusters of a store: writes a cluster file for each, and one report. It only reads the store, and AWS
 * only with `--drift`.
 */
export async function assessStore(typed: StoreTyped<"out", "json" | "drift">, given: Partial<Shell>): Promise<number> {
  const shell = shellOf(typed, given);
  const { json = false, drift = false, out: folder = usualFolder } = typed.options;
  const opened = await openTyped(typed, shell);
  const { store, words, repeated } = opened;
  if (words.length > 0) throw typed.refusal(`it assesses all clusters of a store, not ${words.join(" ")}`);
  const names = await firstLook(opened.given, () => clustersIn(store));
  await refuseUsed(folder);
  const assessment: Assessment = {
    ...{ version: 1, at: shell.now.toISOString(), store: store.url, folder, clusters: [], unread: [] },
  };
  const written: Record<string, string> = {};
  for (const name of names) {
    try {
      const stored = await readStored(store, name);
      if (stored === undefined) continue;
      const { assessed, files } = assess(stored);
      assessment.clusters.push({ ...assessed, ...(drift && { drift: await driftOf(name, opened, shell) }) });
      Object.assign(written, files);
    } catch (error) {
      // AWS denies it, or it is not YAML: the others are assessed all the same.
      if (!(error instanceof ExplainedError || error instanceof YAMLException)) throw error;
      assessment.unread.push({ name, unread: inOneLine(error) });
    }
  }
  if (assessment.clusters.length + assessment.unread.length > 0) {
    const again = `npx pilot assess ${store.url}${repeated}${drift ? " --drift" : ""}`;
    for (const [file, text] of [
      ...Object.entries(written).map(([file, text]) => [join("clusters", file), text] as const),
      ["assess.html", assessmentPage(assessment, again)] as const,
    ]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text, { flag: "wx" });
    }
  }
  console.log(json ? JSON.stringify(assessment, undefined, 2) : assessmentLines(assessment).join("\n"));
  return exitCodeOf(assessment);
}
