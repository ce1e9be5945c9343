import { readFileSync } from "node:fs";
import { expect } from "chai";
import { previewPages } from "./previews.ts";

describe("the pages of typical previews", () => {
  for (const [path, text] of Object.entries(previewPages())) {
    it(`${path} is up to date (update it with npm run previews)`, () => {
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).to.equal(text);
    });

    it(`${path} has no line twice in its terminal`, () => {
      const lines = (/```text\n\[([\s\S]*?)\n```/.exec(text)?.[1] ?? "")
        .split("\n")
        .filter((line) => line.startsWith("["));
      expect(lines).to.deep.equal([...new Set(lines)]);
    });
  }
});
