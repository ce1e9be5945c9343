import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { reportPage } from "../../../cli/report/page.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { chromium } from "../../../local/tools/index.ts";
import { startBrowser } from "../../browser/browser.ts";
import type { Browser, Page } from "../../browser/browser.ts";
import { focused, headings, outOfView, sideways, tooFaint, unnamed } from "../../browser/looks.ts";
import { failed, rolled, second, told, withHostileTexts } from "./samples.ts";

/** More waits than are shown at once, so that there are two folds. */
const manyWaits = Array.from({ length: 30 }, (_, index) => ({
  ...{ what: "the cluster to be valid", reason: `node ${index} is not ready` },
  ...{ begun: second(index * 20), ended: second(index * 20 + index) },
}));

const pages = {
  rolled: told({ ...rolled, waits: manyWaits }),
  failed: told(failed),
  stopped: told({ ...failed, result: "stopped" }),
  interrupted: told(failed, "interrupted"),
  running: told({ ...failed, result: "running" }, "running"),
  hostile: told(withHostileTexts(failed)),
};

describe("the report in a browser", function () {
  // Once per machine it unpacks a browser.
  this.timeout(10 * 60_000);
  let folder: string;
  let browser: Browser;
  let page: Page;
  const fileOf = (name: string): string => join(folder, `${name}.html`);

  before(async () => {
    const layout = layoutOf(resolve(import.meta.dirname, "../../.."));
    browser = await startBrowser(await chromium(layout, () => undefined));
    folder = await mkdtemp(join(tmpdir(), "pilot-report-"));
    for (const [name, one] of Object.entries(pages))
      await writeFile(fileOf(name), reportPage(one, `npx pilot report s3://acme-state ${one.record.cluster}`));
  });
  after(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.page();
  });

  for (const name of Object.keys(pages)) {
    it(`reports no error, and asks for nothing but itself: ${name}`, async () => {
      await page.view({ width: 1100 });
      await page.open(fileOf(name));
      expect(page.complaints).to.deep.equal([]);
      expect(page.requests).to.deep.equal([`file://${fileOf(name)}`]);
      expect(await page.evaluate("document.scripts.length + document.images.length")).to.equal(0);
      expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight")).to.equal("650");
    });

    for (const scheme of ["light", "dark"] as const)
      it(`is readable: ${name}, ${scheme}`, async () => {
        await page.view({ width: 1100, scheme });
        await page.open(fileOf(name));
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        const { seen, found } = (await page.evaluate(tooFaint)) as { seen: number; found: string[] };
        expect(found).to.deep.equal([]);
        expect(seen).to.be.above(50);
        const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        expect(back).to.equal(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(13, 17, 23)");
      });

    it(`fits a phone without scrolling sideways: ${name}`, async () => {
      await page.view({ width: 360, height: 740 });
      await page.open(fileOf(name));
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await page.evaluate(outOfView)).to.deep.equal([]);
      expect(await page.evaluate(sideways)).to.equal(0);
    });

    it(`has a language, a title, one main part, and names for pictures, tables and sections: ${name}`, async () => {
      await page.open(fileOf(name));
      expect(await page.evaluate(unnamed)).to.deep.equal([]);
      const levels = (await page.evaluate(headings)) as number[];
      expect(levels[0]).to.equal(1);
      expect(levels.slice(1).every((level) => level === 2)).to.equal(true);
    });
  }

  it("is reached by the keyboard in every link and fold, which a key opens", async () => {
    await page.view({ width: 1100 });
    await page.open(fileOf("rolled"));
    const reached: string[] = [];
    for (;;) {
      await page.press("Tab");
      const at = (await page.evaluate(focused)) as { name: string; text: string; outline: string } | null;
      if (at === null || reached.length > 20) break;
      expect(at.outline).to.equal("solid");
      reached.push(`${at.name} ${at.text}`);
      if (at.name !== "summary") continue;
      await page.press("Enter");
      expect(await page.evaluate(focused)).to.include({ open: true });
    }
    expect(reached).to.deep.equal([
      "summary All 30 waits and retries",
      "a #31",
      "a https://github.com/acme/clusters/actions/runs/7301",
      "summary 9 printed lines",
    ]);
  });

  it("prints light, and with what is folded", async () => {
    await page.view({ width: 1100, scheme: "dark", media: "print" });
    await page.open(fileOf("rolled"));
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).to.equal("rgb(255, 255, 255)");
    const height = await page.evaluate("document.querySelector('details .lines').getBoundingClientRect().height");
    expect(height).to.be.above(50);
    expect((await page.print()).subarray(0, 5).toString()).to.equal("%PDF-");
  });
});
