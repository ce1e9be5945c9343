import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { reportPage } from "../../cli/report/page.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { chromium } from "../../local/tools/index.ts";
import { failed, rolled, told } from "../cli/report/samples.ts";
import { startBrowser } from "./browser.ts";
import type { View } from "./browser.ts";

/* `npm run pictures`: the pictures of a report in docs/images/. */

const root = resolve(import.meta.dirname, "../..");

const pictures: readonly { name: string; record: typeof rolled; view: View; height: number }[] = [
  { name: "report-light", record: rolled, view: { width: 1000, scheme: "light" }, height: 1600 },
  { name: "report-dark", record: rolled, view: { width: 1000, scheme: "dark" }, height: 1600 },
  { name: "report-phone", record: failed, view: { width: 390, scheme: "light" }, height: 1320 },
];

const browser = await startBrowser(await chromium(layoutOf(root)));
const folder = await mkdtemp(join(tmpdir(), "pilot-pictures-"));
try {
  await mkdir(join(root, "docs", "images"), { recursive: true });
  for (const { name, record, view, height } of pictures) {
    const page = await browser.page();
    const file = join(folder, `${name}.html`);
    await writeFile(file, reportPage(told(record)));
    await page.view(view);
    await page.open(file);
    await writeFile(join(root, "docs", "images", `${name}.png`), await page.picture(height));
    console.log(`docs/images/${name}.png written`);
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
