import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");

/** The cells of a page's table rows, without header rows. */
function rowsOf(page: string): string[][] {
  const lines = text(page).split("\n");
  return lines
    .filter((line, at) => line.startsWith("|") && !line.startsWith("|-") && !lines[at + 1]?.startsWith("|-"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

const literal = /"(?:[^"\\]|\\.)*"|`[^`]*`/;
const literals = new RegExp(`\\b(?:it|describe)\\(\\s*((?:(?:${literal.source})\\s*\\+?\\s*)+)`, "g");

/** Titles of a file's tests in source form; parts of a long title are joined. */
function titlesIn(file: string): string[] {
  return [...text(file).matchAll(literals)].map(([, parts = ""]) =>
    [...parts.matchAll(new RegExp(literal, "g"))].map(([part]) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join(""),
  );
}

const reference = /^`([^`]+)`: (.+)$/;

/** Tests that a cell names but that do not exist, by file and title. */
const missingIn = (tests: string): string[] =>
  tests.split("<br>").filter((one) => {
    const [, file = "", title = ""] = reference.exec(one) ?? [];
    return !existsSync(join(root, file)) || !titlesIn(file).includes(title);
  });

describe("the complaints about the nearest systems", () => {
  const rows = rowsOf("docs/evidence/complaints.md");

  it("each have an answer and at least one test", () => {
    expect(rows.length).to.be.at.least(28);
    const without = rows.filter(
      ([complaint = "", answer = "", tests = ""]) =>
        complaint === "" || answer === "" || !tests.split("<br>").every((one) => reference.test(one)),
    );
    expect(without).to.deep.equal([]);
  });

  it("cite only tests that exist, by file and title", () => {
    expect(rows.flatMap(([, , tests = ""]) => missingIn(tests))).to.deep.equal([]);
  });
});

describe("the pains and features that inspired this project", () => {
  const rows = rowsOf("docs/evidence/origins.md");
  const unshown = /: not shown yet$/;

  it("each have an answer and existing tests, or are marked as not shown yet", () => {
    expect(rows.length).to.be.at.least(29);
    const wrong = rows.flatMap(([what = "", answer = "", tests = ""]) => [
      ...(answer === "" ? [`${what}: no answer`] : []),
      ...missingIn(tests).filter((one) => !unshown.test(one)),
    ]);
    expect(wrong).to.deep.equal([]);
  });

  it("come from all five descriptions", () => {
    expect([...new Set(rows.map(([what = ""]) => what.slice(0, 1)))]).to.deep.equal(["A", "B", "C", "D", "E"]);
  });
});

describe("the guards on the page about data safety", () => {
  const rows = rowsOf("docs/guide/data-safety.md");

  it("each name a possible loss, a guard and existing tests", () => {
    expect(rows.length).to.be.greaterThan(15);
    expect(rows.filter((row) => [0, 1, 2, 3].some((cell) => (row[cell] ?? "") === ""))).to.deep.equal([]);
    expect(rows.flatMap(([, , , tests = ""]) => missingIn(tests))).to.deep.equal([]);
  });
});

describe("the page for a bad night", () => {
  const rows = rowsOf("docs/guide/bad-night.md");

  it("leads each symptom to a next step, shown by existing tests", () => {
    expect(rows.length).to.be.at.least(20);
    expect(rows.filter((row) => [0, 1, 2].some((cell) => (row[cell] ?? "") === ""))).to.deep.equal([]);
    expect(rows.flatMap(([, , tests = ""]) => missingIn(tests))).to.deep.equal([]);
  });
});

describe("the picture of an update", () => {
  it("has steps of the journal, and each folder that it names exists", () => {
    const page = text("docs/design/architecture.md");
    const [, chain = ""] = /subgraph journal .*\n(.*)\n/.exec(page) ?? [];
    const steps = chain.trim().split(" --> ");
    expect(steps.length).to.be.greaterThan(6);
    const converge = ["steps", "roll"].map((folder) => join(root, "providers/kops/converge", folder));
    const code = converge
      .flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")))
      .join("");
    expect(steps.filter((step) => !code.includes(`operation.step("${step}"`))).to.deep.equal([]);
    const picture = /```mermaid\nflowchart TD([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const named = [...picture.matchAll(/\["([\w/.-]+(?:\/|\.ts))/g)].map(([, path = ""]) => path);
    expect(named).to.include("components/");
    expect(named.filter((path) => !existsSync(join(root, path.replace("STACK", "sbx"))))).to.deep.equal([]);
  });
});

describe("the promises", () => {
  it("name only test files that exist", async () => {
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "tests"], {
      cwd: root,
    });
    const files = stdout.split("\n");
    const rows = rowsOf("docs/evidence/promises.md");
    expect(rows.length).to.be.at.least(52);
    const named = rows.flatMap(([, test = ""]) => [...test.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file));
    const pattern = (file: string): RegExp => new RegExp(`^${file.replace(/[.+]/g, "\\$&").replace(/\*/g, "[^/]*")}$`);
    expect(named.filter((file) => !files.some((one) => pattern(file).test(one)))).to.deep.equal([]);
    expect(rows.filter(([promise = "", test = ""]) => promise === "" || test === "")).to.deep.equal([]);
  });
});

describe("the README", () => {
  it("is at most 8 KB", () => {
    expect(Buffer.byteLength(text("README.md"))).to.be.at.most(8 * 1024);
  });

  it("links to every guide and evidence page through docs/README.md", () => {
    const listed = text("docs/README.md");
    // The decisions, and the previews but for their index.
    const inFolders = /^docs\/README\.md$|\/decisions\/|\/previews\/(?!README)/;
    const pages = pagesBelow("docs").filter((page) => !inFolders.test(page));
    expect(pages.filter((page) => !listed.includes(`(${page.replace("docs/", "")})`))).to.deep.equal([]);
  });
});

/** Markdown files below a folder, by their path from the root. */
function pagesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

describe("a link in the documentation", () => {
  const pages = [
    ...readdirSync(root).filter((file) => file.endsWith(".md")),
    ...["docs", "examples", ".github"].flatMap(pagesBelow),
  ];
  const anchorsOf = (file: string): string[] =>
    text(file)
      .split("\n")
      .filter((line) => /^#+ /.test(line))
      .map((line) =>
        line
          .replace(/^#+ /, "")
          .toLowerCase()
          .replace(/[^\w\- ]/g, "")
          .replace(/ /g, "-"),
      );

  it("to another page or heading has a target", () => {
    const dead = pages.flatMap((page) =>
      [...text(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([link, file = "", anchor]) => {
        const target = file === "" ? page : join(dirname(page), file);
        const leads = existsSync(join(root, target)) && (anchor === undefined || anchorsOf(target).includes(anchor));
        return leads ? [] : [`${page}: ${link}`];
      }),
    );
    expect(dead).to.deep.equal([]);
  });
});
