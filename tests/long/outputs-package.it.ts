import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..");

/** Package managers of app teams, and how each installs a file. */
const managers = [
  ["npm", ["npm", "install"]],
  ["pnpm", ["npx", "--yes", "pnpm@10.24.0", "add"]],
  ["yarn classic", ["npx", "--yes", "yarn@1.22.22", "add"]],
] as const;

describe("the package for app teams, in an empty folder", function () {
  this.timeout(5 * 60_000);
  let folder: string;
  let archive: string;
  let sdk: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-outputs-"));
    await execa("npm", ["run", "pack:outputs"], { cwd: root });
    const [packed] = (await readdir(root)).filter((name) => /^pilot-outputs-.*\.tgz$/.test(name));
    if (packed === undefined) throw new Error("nothing was packed");
    archive = join(folder, packed);
    await copyFile(join(root, packed), archive);
    await rm(join(root, packed));
    const manifest = await readFile(join(root, "package.json"), "utf8");
    sdk = (JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies["@pulumi/pulumi"] ?? "";
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [name, [command, ...args]] of managers)
    it(`is installed by ${name}, with all that it needs, and reads outputs`, async () => {
      const shop = await mkdtemp(join(folder, "shop-"));
      await writeFile(join(shop, "package.json"), '{ "name": "shop", "version": "1.0.0", "type": "module" }');
      await writeFile(
        join(shop, "read.js"),
        `import { readCluster } from "pilot-outputs";
try {
  readCluster({ k1: {} }, "k2", "sbx");
} catch ({ message }) {
  console.log(message.split("\\n")[0]);
}
`,
      );
      await execa(command, [...args, archive, `@pulumi/pulumi@${sdk}`], { cwd: shop });
      const { stdout } = await execa(process.execPath, ["read.js"], { cwd: shop });
      expect(stdout).to.equal("The stack sbx has no cluster k2.");
      expect(await readdir(join(shop, "node_modules"))).not.to.include("@aws-sdk");
    });
});
