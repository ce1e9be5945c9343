import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { layoutOf, type Layout } from "../../../local/base/layout.ts";
import { installPlugins } from "../../../local/plugins/install.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

describe("the plugins of the local cloud", () => {
  const folder = temporaryFolders();
  let layout: Layout;

  beforeEach(async () => {
    const root = await folder();
    layout = layoutOf(root, { PILOT_CACHE_DIR: join(root, "cache") });
    await manifest("@pulumi/aws", { name: "@pulumi/aws", version: "7.48.0", pulumi: { resource: true } });
    await manifest("@pulumi/other", {
      name: "@pulumi/other",
      version: "1.0.0",
      pulumi: { resource: true, name: "elsewhere", version: "v1.2.3" },
    });
    await manifest("@pulumi/pulumi", { name: "@pulumi/pulumi", version: "3.276.0" });
    await manifest("left-pad", { name: "left-pad", version: "1.0.0" });
  });

  async function manifest(name: string, content: object): Promise<void> {
    const file = join(layout.root, "node_modules", name, "package.json");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  }

  const install = (env: NodeJS.ProcessEnv = {}): Promise<void> =>
    installPlugins(layout, "/nowhere/pulumi", () => undefined, { PILOT_OFFLINE: "1", ...env });
  const place = (path: string): string => join(layout.pulumiHome, "plugins", path);
  const read = (path: string): Promise<string> => readFile(place(path), "utf8");
  const aws = join("resource-aws-v7.48.0", "pulumi-resource-aws");

  it("are the language host, the dynamic provider, and one for each package that needs one", async () => {
    await install();
    expect(await read(join("language-nodejs-v3.276.0", "pulumi-language-nodejs"))).to.match(
      /\/language-host"\n.*language-host\/main\.ts' "\$@"/,
    );
    expect(await read(join("resource-pulumi-nodejs-v3.276.0", "pulumi-resource-pulumi-nodejs"))).to.match(
      /\/dynamic-provider"\n.*dynamic-provider\.cjs' "\$@"/,
    );
    const start = String.raw`^#!/bin/sh\n.*\n.* export NODE_COMPILE_CACHE="\$NODE_COMPILE_CACHE/aws"\n`;
    const node = String.raw`exec '.*node' '--import' 'file://.*typescript\.mjs'`;
    const main = String.raw`'.*/local/plugins/aws/main\.ts' "\$@"\n$`;
    expect(await read(aws)).to.match(new RegExp(`${start}${node} ${main}`));
  });

  it("report a provider without a stand-in when it is used", async () => {
    await install();
    expect(await read(join("resource-elsewhere-v1.2.3", "pulumi-resource-elsewhere"))).to.match(
      /no stand-in for the provider elsewhere v1\.2\.3\. Next: .*>&2\nexit 1\n$/,
    );
  });

  it("work after the checkout is moved", async () => {
    await install();
    const moved: Layout = { ...layout, root: `${layout.root}/moved's` };
    await mkdir(join(moved.root, "node_modules", "@pulumi", "aws"), { recursive: true });
    await writeFile(
      join(moved.root, "node_modules", "@pulumi", "aws", "package.json"),
      JSON.stringify({ name: "@pulumi/aws", version: "7.48.0", pulumi: { resource: true } }),
    );
    await installPlugins(moved, "/nowhere/pulumi", () => undefined, { PILOT_OFFLINE: "1" });
    expect(await read(aws)).to.include(String.raw`/moved'\''s/typescript.mjs`);
  });

  it("stay official until the stand-in is requested", async () => {
    await mkdir(dirname(place(aws)), { recursive: true });
    await writeFile(place(aws), "\x7fELF official");
    await install();
    expect(await read(aws)).to.equal("\x7fELF official");
    await install({ PILOT_PLUGINS: "stand-in" });
    expect(await read(aws)).to.match(/^#!/);
  });

  it("are an error if the official ones are requested and cannot be downloaded", async () => {
    const error = await rejection(install({ PILOT_PLUGINS: "official" }));
    expect(error.message).to.match(
      /The official plugin aws v7\.48\.0 could not be downloaded\.\n.*cannot be reached[^]*Next: /,
    );
  });

  it("are refused for an unknown choice", async () => {
    expect((await rejection(install({ PILOT_PLUGINS: "offical" }))).message).to.include(
      "PILOT_PLUGINS=offical is not valid",
    );
  });
});
