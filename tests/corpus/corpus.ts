import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeBareCheckout } from "../e2e/bare/index.ts";
import { cycle } from "./cycle.ts";
import type { Entry, Outcome } from "./cycle.ts";
import { createPrerequisites } from "./prerequisites.ts";
import { composeByFile } from "./by-file.ts";
import { fillIn, isAlone, parseManifest, purposeOf, removedFrom, originOf } from "./manifest.ts";

const folder = join(import.meta.dirname, "manifests");

/** Names of all manifests of the corpus, in order. */
export async function manifestNames(): Promise<string[]> {
  return (await readdir(folder))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

export function readManifest(slug: string): Promise<string> {
  return readFile(join(folder, `${slug}.yaml`), "utf8");
}

export async function purposes(slugs: readonly string[]): Promise<Map<string, string>> {
  return new Map(await Promise.all(slugs.map(async (slug) => [slug, purposeOf(await readManifest(slug))] as const)));
}

/** Batches of at most `size`, in order; one that runs alone is a batch of its own, after the others. */
export function batches<One>(all: readonly One[], size: number, isLone: (one: One) => boolean): One[][] {
  const together = all.filter((one) => !isLone(one));
  const starts = [...Array(Math.ceil(together.length / size)).keys()];
  return [
    ...starts.map((index) => together.slice(index * size, (index + 1) * size)),
    ...all.filter(isLone).map((one) => [one]),
  ];
}

/**
 * Runs manifests through their cycle on one local cloud, `atATime` at once. Calls `ended` with the outcomes of each
 * batch.
 */
export async function runCorpus(
  slugs: readonly string[],
  atATime: number,
  ended: (batch: readonly Outcome[]) => void | Promise<void>,
): Promise<Outcome[]> {
  const texts = new Map(await Promise.all(slugs.map(async (slug) => [slug, await readManifest(slug)] as const)));
  const bare = await makeBareCheckout();
  const outcomes: Outcome[] = [];
  try {
    const values = await createPrerequisites(bare.endpoint, bare.infrastructure);
    const zone = { name: "corpus.internal", id: values["zone"] ?? "" };
    const entries = await Promise.all(
      [...texts].map(async ([slug, text]): Promise<Entry> => {
        const [filled, way] = [fillIn(text, values), originOf(text)];
        return {
          slug,
          origin: way,
          text: filled,
          removes: removedFrom(text),
          manifest: way === "file" ? await composeByFile(filled, bare.infrastructure, zone) : parseManifest(filled),
        };
      }),
    );
    const isLone = ({ slug }: Entry): boolean => isAlone(texts.get(slug) ?? "");
    for (const entriesOf of batches(entries, atATime, isLone)) {
      const batch = await cycle(bare, entriesOf);
      outcomes.push(...batch);
      await ended(batch);
    }
  } finally {
    await bare.remove();
  }
  return outcomes;
}
