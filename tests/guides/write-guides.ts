/**
 * Runs the stories of the guides on local clouds, and writes the recorded blocks into the pages.
 *
 *     npm run guides                    # all stories
 *     npm run guides -- try-it          # one
 *     npm run guides -- --pages         # none: only the pages
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { linesOn, step } from "../../providers/kops/runtime/long-work.ts";
import { markedPages, recordingFile, withBlocks } from "./pages.ts";
import { recordingText } from "./recording.ts";
import { record } from "./stage.ts";
import { stories } from "./stories/index.ts";

const words = process.argv.slice(2);
const unknown = words.filter((word) => word !== "--pages" && !stories.some(({ name }) => name === word));
if (unknown.length > 0)
  throw new Error(`there is no story ${unknown.join(", ")}; there are ${stories.map(({ name }) => name).join(", ")}`);

const lines = linesOn(process.stdout);
for (const story of stories.filter(({ name }) => words.length === 0 || words.includes(name))) {
  const recordings = Object.entries(await step(lines, `recording ${story.name}`, (detail) => record(story, detail)));
  rmSync(dirname(recordingFile(`${story.name}/any`)), { recursive: true, force: true });
  for (const [name, recording] of recordings) {
    const file = recordingFile(name);
    const text = recordingText(recording);
    if (/\/(tmp|root|home)\/|PRIVATE KEY|AKIA/.test(text))
      throw new Error(`${name} names a path or a credential:\n${text}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
const root = resolve(import.meta.dirname, "../..");
for (const [page, text] of Object.entries(markedPages())) {
  writeFileSync(resolve(root, page), withBlocks(text));
  console.log(`${page} written`);
}
