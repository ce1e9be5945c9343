import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { requiredPlugins } from "../../../../local/plugins/language-host/packages.ts";
import { temporaryFolders } from "../../temporary.ts";

describe("the plugins that a program needs", () => {
  const folder = temporaryFolders();

  const sdk = { "@pulumi/pulumi": "^3" };
  const packages = {
    "@pulumi/aws": { version: "7.48.0", dependencies: sdk, pulumi: { resource: true, name: "aws" } },
    "@pulumi/pulumi": { version: "3.250.0" },
    "@other/cloud": {
      version: "v1.2.3",
      dependencies: sdk,
      pulumi: { resource: true, server: "https://plugins.example.com" },
    },
    peer: { version: "2.0.0", peerDependencies: sdk, pulumi: { resource: true } },
    helpers: { version: "1.0.0", dependencies: sdk },
    unrelated: { version: "1.0.0" },
  };
  const desired = [
    { name: "aws", version: "v7.48.0", server: "" },
    { name: "other/cloud", version: "v1.2.3", server: "https://plugins.example.com" },
    { name: "peer", version: "v2.0.0", server: "" },
  ];

  async function write(file: string, content: unknown): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  }

  async function program(): Promise<string> {
    const root = await folder();
    for (const [name, manifest] of Object.entries(packages))
      await write(join(root, "node_modules", name, "package.json"), { name, ...manifest });
    // A package of another package is not one of the program's.
    await write(join(root, "node_modules", "helpers", "node_modules", "@pulumi", "nested", "package.json"), {
      name: "@pulumi/nested",
      version: "1.0.0",
      dependencies: sdk,
      pulumi: { resource: true },
    });
    return root;
  }

  const sorted = async (root: string): Promise<unknown> =>
    (await requiredPlugins(root)).toSorted((one, other) => one.name.localeCompare(other.name));

  it("are those of all installed packages if npm has left no record", async () => {
    expect(await sorted(await program())).to.deep.equal(desired);
  });

  it("are the same by npm's record, without reading packages that do not depend on Pulumi's SDK", async () => {
    const root = await program();
    const record = Object.fromEntries(Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry]));
    await write(join(root, "node_modules", ".package-lock.json"), {
      packages: {
        ...record,
        "node_modules/helpers/node_modules/@pulumi/nested": { version: "1.0.0", dependencies: sdk },
      },
    });
    await writeFile(join(root, "node_modules", "unrelated", "package.json"), "not even JSON");
    expect(await sorted(root)).to.deep.equal(desired);
  });

  it("are none if nothing is installed", async () => {
    expect(await requiredPlugins(await folder())).to.deep.equal([]);
  });
});
