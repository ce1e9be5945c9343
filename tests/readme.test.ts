import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");

/** The cells of a table's rows, without its head. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = text("README.md").split(`\n${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return body
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

const literal = /"(?:[^"\\]|\\.)*"|`[^`]*`/;
const literals = new RegExp(`\\b(?:it|describe)\\(\\s*((?:(?:${literal.source})\\s*\\+?\\s*)+)`, "g");

/** Titles of a file's tests, as they are written there; a long one is joined from its parts. */
function titlesIn(file: string): string[] {
  return [...text(file).matchAll(literals)].map(([, parts = ""]) =>
    [...parts.matchAll(new RegExp(literal, "g"))].map(([part]) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join(""),
  );
}

const reference = /^`([^`]+)`: (.+)$/;

describe("the complaints in the README", () => {
  const rows = rowsBelow("## What users of the nearest systems complain about");

  it("each come with an answer and at least one test", () => {
    expect(rows.length).to.be.greaterThan(20);
    const without = rows.filter(
      ([complaint = "", answer = "", tests = ""]) =>
        complaint === "" || answer === "" || !tests.split("<br>").every((one) => reference.test(one)),
    );
    expect(without).to.deep.equal([]);
  });

  it("name only tests that exist, by file and title", () => {
    const missing = rows
      .flatMap(([, , tests = ""]) => tests.split("<br>"))
      .filter((one) => {
        const [, file = "", title = ""] = reference.exec(one) ?? [];
        return !existsSync(join(root, file)) || !titlesIn(file).includes(title);
      });
    expect(missing).to.deep.equal([]);
  });
});

describe("the pains and features in the README that this grew from", () => {
  const rows = rowsBelow("## What this grew from");
  const unshown = /: not shown yet$/;

  it("are answered one by one, each by tests that exist, or said not to be shown yet", () => {
    expect(rows.length).to.be.at.least(29);
    const wrong = rows.flatMap(([what = "", answer = "", tests = ""]) => {
      const missing = tests.split("<br>").filter((one) => {
        const [, file = "", title = ""] = reference.exec(one) ?? [];
        return !unshown.test(one) && !(existsSync(join(root, file)) && titlesIn(file).includes(title));
      });
      return [...(answer === "" ? [`${what}: no answer`] : []), ...missing];
    });
    expect(wrong).to.deep.equal([]);
  });

  it("come from all five descriptions", () => {
    expect([...new Set(rows.map(([what = ""]) => what.slice(0, 1)))]).to.deep.equal(["A", "B", "C", "D", "E"]);
  });
});

describe("the guards in the page on what may destroy data", () => {
  const rows = text("docs/data-safety.md")
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|( what \||-)/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );

  it("each stand before a way to lose something, and name tests that exist, by file and title", () => {
    expect(rows.length).to.be.greaterThan(15);
    expect(rows.filter((row) => [0, 1, 2, 3].some((cell) => (row[cell] ?? "") === ""))).to.deep.equal([]);
    const missing = rows
      .flatMap(([, , , tests = ""]) => tests.split("<br>"))
      .filter((one) => {
        const [, file = "", title = ""] = reference.exec(one) ?? [];
        return !existsSync(join(root, file)) || !titlesIn(file).includes(title);
      });
    expect(missing).to.deep.equal([]);
  });
});

describe("the promises in the README", () => {
  it("name only test files that exist", async () => {
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "tests"], {
      cwd: root,
    });
    const files = stdout.split("\n");
    const named = rowsBelow("## What is shown, and by which test").flatMap(([, test = ""]) =>
      [...test.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
    );
    expect(named).not.to.deep.equal([]);
    const pattern = (file: string): RegExp => new RegExp(`^${file.replace(/[.+]/g, "\\$&").replace(/\*/g, "[^/]*")}$`);
    expect(named.filter((file) => !files.some((one) => pattern(file).test(one)))).to.deep.equal([]);
  });
});

describe("a link in the documentation", () => {
  const pages = [
    "README.md",
    ...readdirSync(join(root, "docs"))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file}`),
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

  it("to another page or heading leads somewhere", () => {
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
