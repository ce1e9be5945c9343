import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { readHashListsOnce } from "../../../local/tools/kops-hashes.ts";
import { temporaryFolders } from "../temporary.ts";

const lookUp = `func GetHash() {
	walk(func(p string) error {
		manifest, err := parseManifestFile(b)
	})
}

func parseManifestFile(b []byte) (*manifest, error) {
}
`;

describe("kOps's lists of hashes", () => {
  const folder = temporaryFolders();
  const sources = async (text: string): Promise<{ source: string; lists: string }> => {
    const source = await folder();
    const lists = join(source, "pkg", "assets", "assetdata");
    await mkdir(lists, { recursive: true });
    await writeFile(join(lists, "data.go"), text);
    return { source, lists };
  };

  it("are parsed once in a kOps that is built here", async () => {
    const { source, lists } = await sources(lookUp);
    await readHashListsOnce(source);
    expect(await readFile(join(lists, "data.go"), "utf8")).to.equal(
      lookUp.replace("parseManifestFile(b)", "parseOnce(p, b)"),
    );
    expect(await readFile(join(lists, "once.go"), "utf8")).to.match(/^package assetdata$/m);
  });

  it("stay unchanged in a kOps that looks hashes up in another way", async () => {
    for (const text of [
      "package assetdata\n",
      `${lookUp}\nvar again = parseManifestFile(b)\n`,
      lookUp.replace("*manifest", "manifest"),
    ]) {
      const { source, lists } = await sources(text);
      await readHashListsOnce(source);
      expect(await readdir(lists)).to.deep.equal(["data.go"]);
      expect(await readFile(join(lists, "data.go"), "utf8")).to.equal(text);
    }
    await readHashListsOnce(await folder());
  });
});
