import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { folder, goldenTexts } from "./golden.ts";
import { recordingSvg } from "./recording.ts";

// Writes the golden texts of `pilot status`, and the recording in the docs. Read the diff before you commit it.
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [file, text] of Object.entries(goldenTexts())) writeFileSync(join(folder, file), text);
const images = resolve(import.meta.dirname, "../../../docs/images");
mkdirSync(images, { recursive: true });
writeFileSync(join(images, "status-watch.svg"), recordingSvg());
