import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { statusLines } from "../../../cli/status/lines.ts";
import { statusPage } from "../../../cli/status/page.ts";
import { frame } from "../../../cli/status/frame.ts";
import { cases, now, statusOf } from "./cases.ts";
import { folder, goldenTexts } from "./golden.ts";
import { recordingSvg } from "./recording.ts";

describe("the texts of a status", () => {
  const texts = goldenTexts();

  it("are the golden ones, for 40, 80 and 120 columns, with and without colour", () => {
    expect(readdirSync(folder).sort()).to.deep.equal(Object.keys(texts).sort());
    for (const [file, text] of Object.entries(texts))
      expect(text, file).to.equal(readFileSync(join(folder, file), "utf8"));
  });

  it("are those of the recording in the docs (npm run golden)", () => {
    const file = resolve(import.meta.dirname, "../../../docs/images/status-watch.svg");
    expect(readFileSync(file, "utf8")).to.equal(recordingSvg());
  });

  it("are explained in a page for programs that its schema wrote (npm run docs:reference)", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../../../docs/reference/status.md"), "utf8");
    expect(page).to.equal(statusPage());
  });

  it("fit the terminal in every state and at every width", () => {
    for (const name of Object.keys(cases))
      for (let width = 20; width <= 130; width += 1)
        for (const lines of [
          statusLines(statusOf(name), "s3://acme-state", { width, colour: true }, now),
          frame(statusOf(name), { width, colour: true }, now, "the state store was not read, trying again: no answer"),
        ])
          for (const line of lines)
            expect(Array.from(stripVTControlCharacters(line)).length, `${name} at ${width}: ${line}`).to.be.at.most(
              width,
            );
  });

  it("say the same with and without colour", () => {
    for (const name of Object.keys(cases)) {
      const [plain, coloured] = [false, true].map((colour) =>
        statusLines(statusOf(name), "s3://acme-state", { width: 80, colour }, now),
      );
      expect(coloured?.map((line) => stripVTControlCharacters(line))).to.deep.equal(plain);
    }
  });
});
