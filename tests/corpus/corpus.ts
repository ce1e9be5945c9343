import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeBareCheckout } from "../e2e/bare/index.ts";
import { cycle } from "./cycle.ts";
import type { Entry, Outcome } from "./cycle.ts";
import { createPrerequisites } from "./prerequisites.ts";
import { composeByFile } from "./by-file.ts";
import { fillIn, parseManifest, purposeOf, removedFrom, originOf } from "./manifest.ts";

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
    for (let next = 0; next < entries.length; next += atATime) {
      const batch = await cycle(bare, entries.slice(next, next + atATime));
      outcomes.push(...batch);
      await ended(batch);
    }
  } finally {
    await bare.remove();
  }
  return outcomes;
}
