import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import ts from "typescript";

const root = join(import.meta.dirname, "..", "..");
const source = join(root, "packages", "outputs");
const program = (load: string): string => `${load}
try {
  readCluster({ k1: {} }, "k2", "sbx");
} catch ({ message }) {
  console.log(message.split("\\n")[0]);
}
`;

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifestOf = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;

describe("the package for app teams", function () {
  this.timeout(120_000);
  let shop: string;
  let files: string[];

  // A repository of an app team: the packed files, and nothing else but what the package asks for.
  before(async () => {
    shop = await mkdtemp(join(tmpdir(), "pilot-outputs-"));
    const copy = join(shop, "source");
    await mkdir(copy);
    for (const file of ["package.json", "README.md"]) await cp(join(source, file), join(copy, file));
    await execa(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", source, "--outDir", join(copy, "dist")],
      { cwd: root },
    );
    const { stdout } = await execa("npm", ["pack", "--json", "--ignore-scripts"], { cwd: copy });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    files = packed.files.map(({ path }) => path);
    const modules = join(shop, "node_modules");
    await mkdir(join(modules, "@pulumi"), { recursive: true });
    await execa("tar", ["-xzf", packed.filename], { cwd: copy });
    await cp(join(copy, "package"), join(modules, "pilot-outputs"), { recursive: true });
    for (const name of ["zod", "@pulumi/pulumi", "typescript", "@types"])
      await symlink(join(root, "node_modules", name), join(modules, name));
    await writeFile(join(shop, "package.json"), '{ "name": "shop", "type": "module" }');
  });

  after(() => rm(shop, { recursive: true, force: true }));

  it("is compiled JavaScript with types: no TypeScript, which node refuses below node_modules", async () => {
    expect(files).to.include("dist/components/reference/index.js");
    expect(files.filter((file) => !/\.(js|d\.ts)$|^(package\.json|README\.md)$/.test(file))).to.deep.equal([]);
    const own = await readdir(join(shop, "node_modules/pilot-outputs"), { recursive: true });
    expect(own.filter((file) => /(?<!\.d)\.ts$/.test(file))).to.deep.equal([]);
  });

  it("imports only the packages that it asks for, and none of AWS", async () => {
    const manifest = await manifestOf(source);
    const wanted = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)].sort();
    const imported = new Set<string>();
    for (const file of files.filter((name) => name.endsWith(".js")))
      for (const { fileName } of ts.preProcessFile(
        await readFile(join(shop, "node_modules/pilot-outputs", file), "utf8"),
      ).importedFiles)
        if (!fileName.startsWith(".")) imported.add(fileName);
    expect([...imported].sort()).to.deep.equal(wanted);
    expect(wanted).to.deep.equal(["@pulumi/pulumi", "zod"]);
  });

  for (const [kind, file, load] of [
    ["an ECMAScript module", "read.mjs", 'import { readCluster } from "pilot-outputs";'],
    ["a CommonJS program", "read.cjs", 'const { readCluster } = require("pilot-outputs");'],
  ] as const) {
    it(`reads outputs in ${kind}`, async () => {
      await writeFile(join(shop, file), program(load));
      const { stdout } = await execa(process.execPath, [file], { cwd: shop });
      expect(stdout).to.equal("The stack sbx has no cluster k2.");
    });
  }

  it("gives types to the program that installs it", async () => {
    await writeFile(
      join(shop, "typed.ts"),
      `import * as pulumi from "@pulumi/pulumi";
import { clusterOf, serviceAccountTrust } from "pilot-outputs";
const cluster = clusterOf(new pulumi.StackReference("organization/pilot/sbx"), "k1");
export const zones: pulumi.Output<string[]> = cluster.network.zones;
export const trust = cluster.apply((one) => serviceAccountTrust(one, { namespace: "shop", name: "api" }).Version);
// @ts-expect-error: there is no such output.
export const other = cluster.endpont;
`,
    );
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "typed.ts"];
    const { exitCode, stdout } = await execa(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), ...flags],
      { cwd: shop, reject: false },
    );
    expect(exitCode, stdout).to.equal(0);
  });

  it("has the version of the program, and its version of zod", async () => {
    const [own, whole] = [await manifestOf(source), await manifestOf(root)];
    expect(own.version).to.equal(whole.version);
    expect(own.dependencies["zod"]).to.equal(whole.dependencies["zod"]);
  });
});
