import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect } from "chai";
import { kopsBinary } from "../../../../providers/kops/kops-cli/binary.ts";

describe("the kops binary", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "binaries-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const put = async (file: string, version: string): Promise<string> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `#!/bin/sh\necho v${version}\n`);
    await chmod(join(folder, file), 0o755);
    return join(folder, file);
  };
  const env = (): NodeJS.ProcessEnv => ({ PILOT_CACHE_DIR: folder, PATH: join(folder, "bin") });

  it("has each cluster's own version, for several versions in one process", async () => {
    const [older, newer] = [await put("kops/1.35.0/kops", "1.35.0"), await put("kops/1.36.2/kops", "1.36.2")];
    expect(await Promise.all([kopsBinary("1.35.0", env()), kopsBinary("1.36.2", env())])).to.deep.equal([older, newer]);
    expect((await execa(await kopsBinary("1.36.2", env()), ["version", "--short"])).stdout).to.equal("v1.36.2");
  });

  it("comes from PATH if it has exactly this version there, else from the cache", async () => {
    const onPath = await put("bin/kops", "1.35.0");
    const cached = await put("kops/1.36.2/kops", "1.36.2");
    expect(await kopsBinary("1.35.0", env())).to.equal(onPath);
    expect(await kopsBinary("1.36.2", env())).to.equal(cached);
  });
});
