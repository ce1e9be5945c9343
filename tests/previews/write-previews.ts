import { mkdirSync, writeFileSync } from "node:fs";
import { previewPages } from "./previews.ts";

mkdirSync(new URL("../../docs/reference/previews/", import.meta.url), { recursive: true });
for (const [path, text] of Object.entries(previewPages())) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
  console.log(`${path} written`);
}
