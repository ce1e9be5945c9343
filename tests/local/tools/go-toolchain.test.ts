import { chmod, glob, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../../local/base/layout.ts";
import { Problem } from "../../../local/base/problem.ts";
import type { ToolContext } from "../../../local/tools/context.ts";
import { toolContext } from "../../../local/tools/context.ts";
import type { GoRelease } from "../../../local/tools/go-toolchain.ts";
import { canBuild, ensureGo, findGo, moduleProxies, neededGo } from "../../../local/tools/go-toolchain.ts";
import { goPlatform } from "../../../local/tools/platform.ts";
import { compareVersions } from "../../../local/tools/versions.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";
import type { Answer } from "./release-server.ts";
import { releaseServers, sha256 } from "./release-server.ts";
import { zipOf } from "./zips.ts";

const { system, machine } = goPlatform();
const version = "1.99.0";
const platform = `${system}-${machine}`;
const path = `/golang.org/toolchain/@v/v0.0.1-go${version}.${platform}.zip`;
const zip = zipOf(
  Object.entries({
    "bin/go": "#!/bin/sh\necho a fetched Go\n",
    "pkg/tool/here/compile": "#!/bin/sh\n",
    "src/_go.mod": "module std\n",
    "src/cmd/_go.mod": "module cmd\n",
    VERSION: `go${version}\n`,
  }).map(([name, content]) => ({ name: `golang.org/toolchain@v0.0.1-go${version}.${platform}/${name}`, content })),
);

describe("Go", () => {
  const folder = temporaryFolders();
  const serve = releaseServers();
  let programs: string;
  let cache: string;
  let lines: string[];

  beforeEach(async () => {
    [programs, cache] = [await folder(), await folder()];
    lines = [];
  });

  function machineWith(env: NodeJS.ProcessEnv = {}): ToolContext {
    const all = { PATH: programs, PILOT_CACHE_DIR: cache, GOPROXY: "off", ...env };
    return toolContext(layoutOf("/nowhere", all), (line) => lines.push(line), all);
  }

  async function installed(goVersion: string, toolchain: string): Promise<string> {
    const file = join(programs, "go");
    await writeFile(file, `#!/bin/sh\necho go${goVersion}\necho '${toolchain}'\n`);
    await chmod(file, 0o755);
    return file;
  }

  const released = (official: string, digest = sha256(zip)): GoRelease => ({
    version,
    digests: { [platform]: digest },
    official,
  });

  const serving = (answer: Answer) => (asked: string) => (asked.endsWith(path) ? answer : undefined);

  it("can build if it is new enough or downloads a newer one by itself", () => {
    for (const [own, toolchain, expected] of [
      ["1.26.8", "local", true],
      [neededGo, "local", true],
      ["1.27.0", "", true],
      ["1.25.9", "auto", true],
      ["1.21.0", "local+auto", true],
      ["1.25.9", "local", false],
      ["1.25.9", "path", false],
      ["1.25.9", "go1.25.9", false],
      ["1.20.14", "", false],
    ] as const)
      expect(canBuild(own, toolchain), `${own} ${toolchain}`).to.equal(expected);
  });

  it("is asked for as new as the newest go.mod here says", async () => {
    const needed: string[] = [];
    for await (const file of glob("{local,tests}/**/go.mod")) {
      needed.push(/^go (\S+)$/m.exec(await readFile(file, "utf8"))?.[1] ?? "");
    }
    expect(needed.length).to.be.above(4);
    expect(needed.sort(compareVersions).at(-1)).to.equal(neededGo);
  });

  it("is looked for at the module proxies that GOPROXY names", () => {
    for (const [setting, expected] of [
      ["https://one.example/go/,https://two.example|direct", ["https://one.example/go", "https://two.example"]],
      ["http://one.example,off,https://two.example", ["http://one.example"]],
      ["direct", []],
      ["off", []],
      ["file:///proxy", []],
    ] as const)
      expect(moduleProxies(setting), setting).to.deep.equal(expected);
    expect(moduleProxies(undefined)).to.deep.equal([]);
  });

  it("is the installed one if that can build", async () => {
    const { url, asked } = await serve(serving(zip));
    const file = await installed("1.26.8", "local");
    expect(await findGo(machineWith())).to.deep.equal({ file, version: "1.26.8" });
    expect(await ensureGo(machineWith(), "kops", released(url))).to.deep.equal({ file, env: {} });
    expect(asked).to.deep.equal([]);
  });

  it("is downloaded whole and ready to run if the installed one is too old", async () => {
    const { url, asked } = await serve(serving(zip));
    await installed("1.20.14", "");
    const go = await ensureGo(machineWith({ PATH: `${programs}:/usr/bin:/bin` }), "kops", released(url));
    expect((await execa(go.file)).stdout).to.equal("a fetched Go");
    expect(asked).to.deep.equal([path]);
    const root = dirname(dirname(go.file));
    expect(await readFile(join(root, "src", "go.mod"), "utf8")).to.equal("module std\n");
    expect(await readFile(join(root, "src", "cmd", "go.mod"), "utf8")).to.equal("module cmd\n");
    expect((await stat(join(root, "pkg", "tool", "here", "compile"))).mode & 0o111).to.equal(0o111);
    expect(lines.join("\n")).to.match(/^Downloading Go 1\.99\.0 \.\.\.\nDownloading Go 1\.99\.0: done/);
  });

  it("is downloaded once, and keeps its modules and builds in the cache, where they can be deleted", async () => {
    const { url, asked } = await serve(serving(zip));
    const first = await ensureGo(machineWith({ GOFLAGS: "-v" }), "kops", released(url));
    expect(await ensureGo(machineWith({ GOFLAGS: "-v" }), "kops", released(url))).to.deep.equal(first);
    expect(asked).to.have.length(1);
    expect(first.env).to.deep.equal({
      GOROOT: undefined,
      GOPATH: join(cache, "go", "path"),
      GOCACHE: join(cache, "go", "build"),
      GOFLAGS: "-v -modcacherw",
    });
  });

  it("comes from the next module proxy if the Go team's server cannot be reached or has none", async () => {
    const [official, empty, full] = [
      await serve(serving(zip)),
      await serve(() => undefined),
      await serve(serving(zip)),
    ];
    const context = machineWith({ PILOT_OFFLINE: "1", GOPROXY: `${empty.url},${full.url}/go/,direct` });
    await ensureGo(context, "kops", released(official.url));
    expect([official.asked, empty.asked, full.asked]).to.deep.equal([[], [path], [`/go${path}`]]);
  });

  it("is refused if its checksum is not the pinned one, and no other server is asked for it", async () => {
    const [official, proxy] = [await serve(serving(zip)), await serve(serving(zip))];
    const context = machineWith({ GOPROXY: proxy.url });
    const error = await rejection(ensureGo(context, "kops", released(official.url, "0".repeat(64))));
    expect(error).to.be.instanceOf(Problem);
    expect(error.message).to.include("was refused").and.to.include(sha256(zip)).and.to.include("0".repeat(64));
    expect(proxy.asked).to.deep.equal([]);
    expect(await readdir(join(cache, "go", version))).to.deep.equal([]);
  });

  it("leaves nothing of a download that breaks off, and the next server is asked", async () => {
    const broken = await serve(serving({ half: zip }));
    const context = machineWith();
    await rejection(ensureGo(context, "kops", released(broken.url)));
    expect(await readdir(join(cache, "go"))).to.deep.equal([version]);
    expect(await readdir(join(cache, "go", version))).to.deep.equal([]);
    const whole = await serve(serving(zip));
    await ensureGo(machineWith({ GOPROXY: whole.url }), "kops", released(broken.url));
    expect(whole.asked).to.deep.equal([path]);
  });

  it("that cannot be had is reported with what needs it, each server's reason, and what to do", async () => {
    const [official, proxy] = [await serve(() => undefined), await serve(serving({ half: zip }))];
    const context = machineWith({ GOPROXY: proxy.url.replace("//", "//user:secret@") });
    const { message } = await rejection(ensureGo(context, "kops 1.35.0", released(official.url)));
    expect(message).to.match(/^There is no Go to build kops 1\.35\.0 with\.\n/);
    expect(message).to.match(/PATH has no Go 1\.26\.6 or newer, and Go 1\.99\.0 could not be fetched: /);
    expect(message).to.include(`${official.url}${path}: HTTP 404; ${proxy.url}${path} broke off`);
    expect(message).to.match(/\n +Next: let this machine reach one of these \(HTTPS_PROXY and GOPROXY .* install Go/);
    expect(message).not.to.include("secret");
  });
});
