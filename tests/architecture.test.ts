import { readFile, readdir } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import ts from "typescript";

const root = resolve(import.meta.dirname, "..");

interface Import {
  file: string;
  /** A path from the root, or a package name. */
  target: string;
  isPackage: boolean;
}

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

async function importsOf(files: readonly string[]): Promise<Import[]> {
  const found: Import[] = [];
  for (const file of files) {
    const text = await readFile(join(root, file), "utf8");
    for (const { fileName: specifier } of ts.preProcessFile(text).importedFiles) {
      if (specifier.startsWith("."))
        found.push({ file, target: relative(root, resolve(root, dirname(file), specifier)), isPackage: false });
      else if (!specifier.startsWith("node:") && !builtinModules.includes(specifier)) {
        const [scope = "", name = ""] = specifier.split("/");
        found.push({ file, target: scope.startsWith("@") ? `${scope}/${name}` : scope, isPackage: true });
      }
    }
  }
  return found;
}

/** Every folder of the product, each above those it imports. A folder outside this list may not have sources. */
const folders = [
  ...[
    ...[
      "model",
      "http",
      "runtime",
      "aws",
      "aws/resources",
      "store",
      "rules",
      "rules/lookups",
      "kops-cli/output",
      "kops-cli/errors",
      "kops-cli",
    ],
    ...["access", "move", "operation", "kubernetes", "plan/facts", "plan", "plan/document", "plan/print", "observe"],
    ...["delete", "converge/roll", "converge/steps", "converge", "check", ""],
  ].map((name) => `providers/kops/${name}`),
  "providers/state-store",
  ...[
    "config",
    "aws",
    "tags",
    "reference",
    "network/model",
    "network/existing",
    "network",
    "dns",
    "state-store",
    "pipeline",
    "addons",
    "smoke-test",
  ].map((name) => `components/${name}`),
  ...["cluster/spec", "cluster/request", "cluster/manifest", "cluster"].map((name) => `components/${name}`),
  ...["environment/guards", "environment", "documentation"].map((name) => `components/${name}`),
  "pull-requests",
  ...["classify", "preview", "comment", "apply", "command"].map((name) => `pull-requests/${name}`),
  ...[
    "cli/base",
    "cli/report",
    "cli/pr",
    "cli/account-check",
    "cli/refresh",
    "cli/target",
    "cli/status",
    "cli/assess",
    "cli",
    ".",
  ],
  ...["bootstrap", "base", "tools", "workspace"].map((name) => `local/${name}`),
  ...["cloud/fleet", "cloud/supervision", "cloud/cluster", "cloud/api", "cloud"].map((name) => `local/${name}`),
  "local/plugins/protocol",
  ...["shared", "resources/ec2", "resources/vpc", "resources/s3", "resources/iam", "resources/kms"].map(
    (name) => `local/plugins/aws/${name}`,
  ),
  ...["resources/cloudfront", "resources/cloudwatch", "resources/route53", "resources", "invokes", ""].map(
    (name) => `local/plugins/aws/${name}`,
  ),
  ...["plugins/language-host", "plugins/command", "plugins", "commands", ""].map((name) => `local/${name}`),
].map((folder) => folder.replace(/\/$/, ""));

describe("the product", () => {
  it("imports only from earlier folders, so that no two depend on each other", async () => {
    const top = ["providers", "components", "pull-requests", "cli", "local"];
    const all = [...(await Promise.all(top.map(sources))).flat(), "index.ts"];
    const floor = (file: string): number => folders.indexOf(dirname(file));
    expect(all.filter((file) => floor(file) < 0)).to.deep.equal([]);
    const imports = (await importsOf(all)).filter(({ isPackage }) => !isPackage);
    expect(imports.length).to.be.above(1000);
    // typescript.mjs imports nothing of the project.
    const upward = imports.filter(({ file, target }) => target !== "typescript.mjs" && floor(target) > floor(file));
    expect(upward.map(({ file, target }) => `${file} -> ${target}`)).to.deep.equal([]);
  });

  it("keeps providers free of components, and both free of local and tests", async () => {
    const providers = await importsOf(await sources("providers"));
    const components = await importsOf([...(await sources("components")), "index.ts"]);
    const pullRequests = await importsOf(await sources("pull-requests"));
    const cli = await importsOf(await sources("cli"));
    const into = (imports: Import[], folders: RegExp): string[] =>
      imports
        .filter(({ isPackage, target }) => !isPackage && folders.test(target))
        .map(({ file, target }) => `${file} -> ${target}`);
    expect(providers.length).to.be.above(50);
    expect(components.length).to.be.above(50);
    expect(pullRequests.length).to.be.above(50);
    expect(into(providers, /^(components|pull-requests|cli|local|tests)\//)).to.deep.equal([]);
    expect(into(components, /^(pull-requests|cli|local|tests)\//)).to.deep.equal([]);
    expect(into(pullRequests, /^(cli|local|tests)\//)).to.deep.equal([]);
    expect(into(cli, /^(local|tests)\//)).to.deep.equal([]);
  });

  it("gives app teams only the outputs reader to import, which needs neither AWS nor kOps", async () => {
    const outside = (imports: Import[], own: RegExp): string[] =>
      imports
        .filter(({ isPackage, target }) => !isPackage && !own.test(target))
        .map(({ file, target }) => `${file} -> ${target}`);
    const examples = await importsOf(await sources("examples"));
    expect(examples.length).to.be.above(3);
    expect(outside(examples, /^(examples|components\/reference)\//)).to.deep.equal([]);
    const reference = await importsOf(await sources("components/reference"));
    expect(
      outside(
        reference,
        /^components\/(reference\/|config\/(problems|merge)\.ts$)|^providers\/kops\/model\/errors\.ts$/,
      ),
    ).to.deep.equal([]);
    expect(
      [...new Set(reference.filter(({ isPackage }) => isPackage).map(({ target }) => target))].sort(),
    ).to.deep.equal(["@pulumi/pulumi", "zod"]);
  });

  it("needs only production dependencies in production", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const production = await importsOf([
      ...(await sources("providers")),
      ...(await sources("components")),
      ...(await sources("pull-requests")),
      ...(await sources("cli")),
      "index.ts",
    ]);
    const missing = production.filter(({ isPackage, target }) => isPackage && !(target in manifest.dependencies));
    expect(missing.map(({ file, target }) => `${file} -> ${target}`)).to.deep.equal([]);
  });

  it("calls AWS, the Kubernetes API and the web only through what bounds and proxies calls", async () => {
    const top = ["providers", "components", "pull-requests", "cli", "local/tools"];
    const files = [...(await Promise.all(top.map(sources))).flat(), "index.ts"];
    const texts = await Promise.all(
      files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const),
    );
    const callers = (call: RegExp): string[] => texts.filter(([, text]) => call.test(text)).map(([file]) => file);
    expect(callers(/awsClient\(/).length).to.be.above(10);
    expect(callers(/new ([\w.]+\.)?\w+Client\(/)).to.deep.equal([]);
    expect(callers(/(?<![\w.])fetch\(/)).to.deep.equal([]);
    expect(callers(/\bmakeApiClient\b/)).to.deep.equal([]);
    expect(callers(/\bnew NodeHttpHandler\(/)).to.deep.equal(["providers/kops/aws/http-handler.ts"]);
    expect(callers(/from "node:https"/)).to.have.members([
      "providers/kops/http/agents.ts",
      "providers/kops/http/fetch.ts",
    ]);
  });

  it("packs neither local nor tests into a production install", async () => {
    const { stdout } = await execa("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    expect(paths).to.include.members([
      "index.ts",
      "Pulumi.yaml",
      "cli/pilot.mjs",
      "providers/kops/provider.ts",
      "providers/kops/kops-cli/supervisor.mjs",
      "components/environment/Environment.ts",
    ]);
    expect(paths.filter((path) => /^(local|tests|\.ci)\//.test(path))).to.deep.equal([]);
  });

  it("uses Pulumi's SDK by what it exports, and changes nothing inside it", async () => {
    const files = [...(await sources("providers")), ...(await sources("components")), "index.ts"];
    const texts = await Promise.all(
      files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const),
    );
    // A path below the package is an internal of the SDK; `prepareStackTrace` is how its runner maps traces.
    const inside = /@pulumi\/pulumi\/(?!package\.json)|prepareStackTrace/;
    expect(texts.filter(([, text]) => inside.test(text)).map(([file]) => file)).to.deep.equal([]);
  });

  it("installs what each package asks for: no replacement, and no second way to run TypeScript", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<string, object>;
    const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<
        string,
        { name?: string; dev?: boolean; devOptional?: boolean; dependencies?: Record<string, string> }
      >;
    };
    expect(manifest).to.not.have.any.keys("overrides", "resolutions");
    const production = Object.entries(lock.packages).filter(
      ([path, { dev, devOptional }]) => path && !dev && !devOptional,
    );
    // A package may itself ask for another one under a second name.
    const asked = production.flatMap(([, { dependencies = {} }]) =>
      Object.entries(dependencies).map(([alias, version]) => `${alias} ${/^npm:(.+)@/.exec(version)?.[1] ?? alias}`),
    );
    const names = production.flatMap(([path, { name }]) =>
      name === undefined ? [] : [`${path.replace(/^.*node_modules\//, "")} ${name}`],
    );
    expect(names.filter((name) => !asked.includes(name))).to.deep.equal([]);
    expect(production.map(([path]) => path)).to.include("node_modules/@pulumi/pulumi");
    const compilers = /node_modules\/(tsx|ts-node|esbuild|typescript|@swc\/core)$/;
    expect(production.map(([path]) => path).filter((path) => compilers.test(path))).to.deep.equal([]);
  });

  it("loads only the @pulumi/aws services that the program uses", async () => {
    const program = `await import("./components/environment/index.ts");
const { createRequire } = await import("node:module");
const services = Object.keys(createRequire(process.cwd() + "/index.ts").cache).flatMap((file) => /@pulumi.aws.(\\w+).index\\.js$/.exec(file)?.[1] ?? []);
console.log(JSON.stringify({ services, used: Object.keys(await import("./components/aws/services.mjs")) }));`;
    const { stdout } = await execa(
      process.execPath,
      ["--import", "./typescript.mjs", "--input-type=module", "-e", program],
      { cwd: root },
    );
    const { services, used } = JSON.parse(stdout) as Record<"services" | "used", string[]>;
    expect(services).to.include("ec2");
    // What cloudwatch itself loads, for rules that call functions; and what the provider loads.
    expect(services.filter((service) => !used.includes(service))).to.have.members(["lambda", "config"]);
  });

  it("pins every version", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).to.deep.equal([]);
  });
});
