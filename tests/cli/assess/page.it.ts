import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { assess } from "../../../cli/assess/assessment.ts";
import { assessmentPage } from "../../../cli/assess/page.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { chromium } from "../../../local/tools/index.ts";
import { startBrowser } from "../../browser/browser.ts";
import type { Browser, Page } from "../../browser/browser.ts";
import { headings, outOfView, sideways, tooFaint, unnamed } from "../../browser/looks.ts";
import { storedOf } from "./corpus.ts";

describe("the report of an assessment in a browser", function () {
  // Once per machine it unpacks a browser.
  this.timeout(10 * 60_000);
  let folder: string;
  let file: string;
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await startBrowser(await chromium(layoutOf(resolve(import.meta.dirname, "../../..")), () => undefined));
    folder = await mkdtemp(join(tmpdir(), "pilot-assessment-"));
    file = join(folder, "assess.html");
    const clusters = await Promise.all(
      ["kopeio", "unused-fields", "long-name-of-63", "ssh-key-of-aws"].map(
        async (slug) => assess(await storedOf(slug)).assessed,
      ),
    );
    const unread = [{ name: "k9.example.com", unread: "AWS denies it" }];
    const at = "2026-11-30T12:00:00.000Z";
    await writeFile(
      file,
      assessmentPage(
        { version: 1, at, store: "s3://acme-state", folder: "assessed", clusters, unread },
        "npx pilot assess s3://acme-state",
      ),
    );
  });
  after(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.page();
  });

  it("reports no error, and asks for nothing but itself", async () => {
    await page.view({ width: 1100 });
    await page.open(file);
    expect(page.complaints).to.deep.equal([]);
    expect(page.requests).to.deep.equal([`file://${file}`]);
    expect(await page.evaluate("document.scripts.length + document.images.length")).to.equal(0);
    expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight")).to.equal("650");
  });

  for (const scheme of ["light", "dark"] as const)
    it(`is readable: ${scheme}`, async () => {
      await page.view({ width: 1100, scheme });
      await page.open(file);
      const { seen, found } = (await page.evaluate(tooFaint)) as { seen: number; found: string[] };
      expect(found).to.deep.equal([]);
      expect(seen).to.be.above(50);
    });

  it("fits a phone, has names for its parts, and headings in order", async () => {
    await page.view({ width: 360, height: 740 });
    await page.open(file);
    expect(await page.evaluate(outOfView)).to.deep.equal([]);
    expect(await page.evaluate(sideways)).to.equal(0);
    expect(await page.evaluate(unnamed)).to.deep.equal([]);
    const levels = (await page.evaluate(headings)) as number[];
    expect(levels[0]).to.equal(1);
    expect(levels.slice(1).every((level) => level === 2)).to.equal(true);
  });
});
