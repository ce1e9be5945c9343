import { createHash } from "node:crypto";
import { expect } from "chai";
import { escaped, link } from "../../../cli/report/html.ts";
import { reportPage, waited } from "../../../cli/report/page.ts";
import { failed, hostile, rolled, second, told, withHostileTexts } from "./samples.ts";

/** Opening tags of a page, with their attributes; no text that only names something. */
const tagsOf = (page: string): string[] =>
  [...page.replace(/<style>[^]*?<\/style>/, "").matchAll(/<[a-z!][^>]*>/gi)].map(([tag]) =>
    tag.replace(/ aria-label="[^"]*"/, ""),
  );

describe("the report of an operation", () => {
  for (const record of [rolled, failed, withHostileTexts(failed), withHostileTexts({ ...rolled, changes: "first" })])
    it(`runs nothing and loads nothing: ${record.cluster.slice(0, 20)}, ${record.result}`, () => {
      const page = reportPage(told(record), hostile);
      const tags = tagsOf(page);
      const names = new Set(tags.map((tag) => /^<([a-z!]+)/i.exec(tag)?.[1]));
      for (const name of ["script", "img", "iframe", "object", "link", "base", "form", "foreignObject", "image"])
        expect([...names]).to.not.include(name);
      expect(
        tags.filter((tag) => / (on\w+|style|src|srcdoc|xlink:href)\s*=/i.test(tag.replace(/"[^"]*"/g, ""))),
      ).to.deep.equal([]);
      // Every reference leads into the page itself; only links lead out of it.
      expect(tags.filter((tag) => !/^<a /.test(tag) && /https?:|url\((?!#)/.test(tag))).to.deep.equal([]);
    });

  it("shows hostile texts as they are", () => {
    const page = reportPage(told(withHostileTexts(failed)));
    expect(page).to.contain(escaped(hostile)).and.not.contain(hostile);
    expect(escaped("a\u001b[31m\u202eb\u0000\tc\n")).to.equal("a\ufffd[31m\ufffdb\ufffd\tc\n");
  });

  it("allows its own style by its hash, and nothing else", () => {
    const page = reportPage(told(rolled));
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).to.contain(
      escaped(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`),
    );
  });

  it("links to the web alone", () => {
    expect(link("https://github.com/acme/clusters/pull/31", "#31").text).to.contain(
      '<a href="https://github.com/acme/clusters/pull/31"',
    );
    for (const address of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/home/ann/a.log", ""])
      expect(link(address).text).to.equal(escaped(address));
  });

  it("tells what was asked, by whom, by which plan, and what it waited for", () => {
    const page = reportPage(told(rolled)).replace(/\s+/g, " ");
    for (const text of [
      ...["Update of k1.sbx.example.com", "succeeded", "2026-11-30 12:00 UTC", "19m01s", "<wbr />.maxSize"],
      ...["ann, on runner@ci-7301", "bob", "#31", "5f1c0a9be27d4386", "(the one shown)", "kOps 1.35.0"],
      ...["a PodDisruptionBudget allows no disruption of shop/cart-6d9f7c5b8-x2x7k", "3m42s", "9 printed lines"],
      ...["drain 3m59s", "boot 1m19s", "validation 26s", "median: drain 21s, boot 1m26s, validation 26s"],
    ])
      expect(page).to.contain(text);
  });

  it("tells a failure with its next step, and an interruption with the command that continues", () => {
    const page = reportPage(told(failed));
    expect(page).to.contain("Next: make room for the pods").and.to.contain("drain, not finished 12m58s");
    const { ended, error, ...cut } = failed;
    expect([ended, error]).to.not.include(undefined);
    const interrupted = reportPage(told({ ...cut, result: "running" }, "interrupted"));
    expect(interrupted).to.contain("The process that ran it is gone").and.to.contain("`pulumi up` again");
    expect(reportPage(told({ ...cut, result: "running" }, "running"))).to.not.contain("is gone");
  });

  it("names what still waits after a success", () => {
    const held = ["nodes waits for a roll: the next maintenance window is Sunday"];
    expect(reportPage(told({ ...rolled, held })))
      .to.contain("Still waits")
      .and.to.contain(held[0]);
  });

  it("folds waits beyond the ten longest", () => {
    const waits = Array.from({ length: 30 }, (_, index) => ({
      ...{ what: "the cluster to be valid", reason: `reason ${index}.` },
      ...{ begun: second(index * 20), ended: second(index * 20 + index) },
    }));
    const [shown = "", folded = ""] = reportPage(told({ ...rolled, waits })).split("All 30 waits and retries");
    const table = shown.slice(shown.indexOf("The 10 longest of 30"));
    expect(table).to.contain("reason 20.").and.to.contain("reason 29.").and.not.contain("reason 19.");
    expect(folded).to.contain("reason 1.");
  });

  it("counts overlapping waits once", () => {
    const wait = (from: number, to?: number) => ({
      ...{ what: "a", reason: "b", begun: second(from), ...(to !== undefined && { ended: second(to) }) },
    });
    expect(waited([wait(5, 10), wait(0, 7), wait(6, 8), wait(20)], Date.parse(second(25)))).to.equal(15_000);
    expect(waited([], 0)).to.equal(0);
  });
});
