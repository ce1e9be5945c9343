import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { layoutOf } from "../../../local/base/layout.ts";
import { Problem } from "../../../local/base/problem.ts";
import { fromCache } from "../../../local/tools/cache.ts";
import { toolContext, type ToolContext } from "../../../local/tools/context.ts";
import { Unreachable } from "../../../local/tools/download.ts";
import { acquire, type Fill } from "../../../local/tools/recipe.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

const fill =
  (text: string): Fill =>
  async (folder) => {
    await writeFile(join(folder, "tool"), text);
    await chmod(join(folder, "tool"), 0o755);
  };
const never: Fill = () => Promise.reject(new Error("must not be used"));

describe("the source of a tool", () => {
  const folder = temporaryFolders();
  let context: ToolContext;
  let file: string;
  let lines: string[];

  beforeEach(async () => {
    const cache = await folder();
    lines = [];
    context = toolContext(layoutOf(cache, { PILOT_CACHE_DIR: cache }), (line) => lines.push(line), {});
    file = join(cache, "tool", "1.0.0", "tool");
  });

  const text = (path: string): Promise<string> => readFile(path, "utf8");

  it("is the installed one, before all others", async () => {
    expect(
      await acquire(context, {
        name: "tool",
        file,
        installed: () => Promise.resolve("/installed/tool"),
        release: () => Promise.resolve(never),
        build: never,
      }),
    ).to.equal("/installed/tool");
  });

  it("is the release, before a build", async () => {
    expect(
      await text(
        await acquire(context, { name: "tool", file, release: () => Promise.resolve(fill("released")), build: never }),
      ),
    ).to.equal("released");
  });

  it("is a build, with a message, if the release is unreachable", async () => {
    const path = await acquire(context, {
      name: "tool",
      file,
      release: () => Promise.reject(new Unreachable("releases cannot be reached")),
      build: fill("built"),
    });
    expect(await text(path)).to.equal("built");
    expect(lines[0]).to.match(/^releases cannot be reached: /);
  });

  it("is a build if the connection breaks during the download", async () => {
    const path = await acquire(context, {
      name: "tool",
      file,
      release: () => Promise.resolve(() => Promise.reject(new Unreachable("lost"))),
      build: fill("built"),
    });
    expect(await text(path)).to.equal("built");
  });

  it("is none if a release differs from the published digest", async () => {
    const refused = new Problem({ what: "refused", why: "digest", next: "look" });
    expect(
      await rejection(
        acquire(context, {
          name: "tool",
          file,
          release: () => Promise.resolve(() => Promise.reject(refused)),
          build: never,
        }),
      ),
    ).to.equal(refused);
    expect(existsSync(file)).to.equal(false);
  });

  it("is the cache the second time", async () => {
    await acquire(context, { name: "tool", file, build: fill("built") });
    expect(
      await text(await acquire(context, { name: "tool", file, release: () => Promise.resolve(never), build: never })),
    ).to.equal("built");
  });
});

describe("the cache of tools", () => {
  const folder = temporaryFolders();
  let context: ToolContext;
  let cache: string;
  let file: string;

  beforeEach(async () => {
    cache = await folder();
    context = toolContext(layoutOf(cache, { PILOT_CACHE_DIR: cache }), () => undefined, {});
    file = join(cache, "tool", "1.0.0", "tool");
  });

  it("creates a tool once for several concurrent users", async () => {
    let made = 0;
    const make = async (target: string): Promise<void> => {
      made++;
      await fill("made")(target, () => undefined);
    };
    const paths = await Promise.all([1, 2, 3].map(() => fromCache(context, file, make)));
    expect(paths).to.deep.equal([file, file, file]);
    expect(made).to.equal(1);
  });

  it("shows nothing of a tool whose build failed, and builds it the next time", async () => {
    const half = async (target: string): Promise<void> => {
      await fill("half")(target, () => undefined);
      throw new Error("disk full");
    };
    expect((await rejection(fromCache(context, file, half))).message).to.equal("disk full");
    expect(existsSync(file)).to.equal(false);
    await fromCache(context, file, (target) => fill("whole")(target, () => undefined));
    expect(await readFile(file, "utf8")).to.equal("whole");
  });

  it("removes what a killed build left, and keeps other versions", async () => {
    await mkdir(join(cache, "tool", "1.0.0.draft-abc"), { recursive: true });
    await mkdir(join(cache, "tool", "1.0.1.draft-def"), { recursive: true });
    await fromCache(context, file, (target) => fill("made")(target, () => undefined));
    expect((await readdir(join(cache, "tool"))).sort()).to.deep.equal(["1.0.0", "1.0.1.draft-def"]);
  });

  it("also installs the files beside a tool", async () => {
    await fromCache(context, file, async (target) => {
      await fill("made")(target, () => undefined);
      await mkdir(join(target, "channels"));
      await writeFile(join(target, "channels", "stable"), "channel");
    });
    expect(await readFile(join(cache, "tool", "1.0.0", "channels", "stable"), "utf8")).to.equal("channel");
  });
});
