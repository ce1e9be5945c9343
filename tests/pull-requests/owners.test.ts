import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { execaSync } from "execa";
import { refuseUnowned } from "../../pull-requests/apply/owners.ts";
import { kindOf } from "../../pull-requests/classify/paths.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { rejection } from "../local/rejection.ts";
import { fakeGitHub } from "./fake-github.ts";

const root = join(import.meta.dirname, "..", "..");
const file = ".github/CODEOWNERS";

/** A pattern of CODEOWNERS as far as the file uses them: `*`, and paths from the root with `*` and `**`. */
function matches(pattern: string, path: string): boolean {
  if (pattern === "*") return true;
  expect(pattern).to.match(/^\/[\w.*/-]+$/);
  const text = pattern
    .slice(1)
    .replace(/[.]/g, "\\.")
    .replace(/\*\*\//g, "<deep>")
    .replace(/\*/g, "[^/]*")
    .replace(/<deep>/g, "(?:[^/]+/)*");
  return new RegExp(`^${text}$`).test(path);
}

describe("the owners of the program", () => {
  const rules = readFileSync(join(root, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "));
  const ownersOf = (path: string): string[] =>
    rules
      .filter(([pattern = ""]) => matches(pattern, path))
      .at(-1)
      ?.slice(1) ?? [];
  const tracked = execaSync("git", ["ls-files", "-z"], { cwd: root }).stdout.split("\0").filter(Boolean);

  it("must approve every file that counts as program, and this list itself", () => {
    const more = [file, ".github/workflows/new.yml", "cli/pr/new.ts", "clusters/sbx/k1.ts", "clusters/sbx/.k1.yaml"];
    const program = [...tracked, ...more].filter((path) => kindOf(path).kind === "program");
    expect(program).to.include.members(more);
    expect(program.filter((path) => ownersOf(path).length === 0)).to.deep.equal([]);
  });

  it("need not approve the request of a team", () => {
    const data = [...tracked, "clusters/prod.eu/kops/k1.yml"].filter((path) => kindOf(path).kind === "data");
    expect(data).to.include.members(["clusters/sbx/k1.yaml", "Pulumi.prod.yaml"]);
    expect(data.filter((path) => ownersOf(path).length > 0)).to.deep.equal([]);
  });

  it("must exist: GitHub ignores lines with unknown owners", async () => {
    const server = await fakeGitHub();
    try {
      const source = "* @ORG/maintainers";
      const error = { line: 6, column: 3, kind: "Unknown owner", message: "", path: file, source };
      server.answers.set("codeowners/errors", { errors: [error] });
      expect((await rejection(refuseUnowned(gitHubHere(server.env)))).message)
        .to.contain(`${file}:6: Unknown owner: ${source}`)
        .and.to.contain("name an existing team");
      server.answers.set("codeowners/errors", { errors: [] });
      await refuseUnowned(gitHubHere(server.env));
    } finally {
      await server.close();
    }
  });
});
