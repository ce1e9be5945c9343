import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { wantedKopsVersions } from "../../../local/workspace/kops-versions.ts";
import { pinnedKops } from "../../../local/tools/index.ts";
import { temporaryFolders } from "../temporary.ts";

describe("the versions of kOps that a checkout needs", () => {
  const folder = temporaryFolders();

  async function checkout(files: Record<string, string>): Promise<string> {
    const root = await folder();
    await mkdir(join(root, "clusters"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return root;
  }

  it("are those of all cluster files and of the defaults of all stacks, newest first", async () => {
    const root = await checkout({
      "clusters/sbx/a.yaml": "kopsVersion: 1.35.0\n",
      "clusters/sbx/b.yml": "kopsVersion: 1.35.0\n",
      "clusters/prod/c.yaml": "kopsVersion: 1.36.2\n",
      "Pulumi.prod.yaml": "config:\n  pilot:clusterDefaults: {kopsVersion: 1.9.0}\n",
    });
    expect(wantedKopsVersions(root)).to.deep.equal(["1.36.2", "1.35.0", "1.9.0"]);
  });

  it("are the pinned one if nothing is requested", async () => {
    expect(wantedKopsVersions(await checkout({}))).to.deep.equal([pinnedKops]);
  });

  it("do not depend on files that the program refuses", async () => {
    const root = await checkout({
      "clusters/sbx/a.yaml": "kopsVersion: [",
      "clusters/sbx/b.yaml": "kopsVersion: latest",
      "clusters/sbx/c.yaml": "just text",
      "Pulumi.sbx.yaml": "config: 3",
    });
    expect(wantedKopsVersions(root)).to.deep.equal([pinnedKops]);
  });
});
