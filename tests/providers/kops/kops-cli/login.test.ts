import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { temporaryFolders } from "../../../local/temporary.ts";

const root = join(import.meta.dirname, "../../../..");
const request = { name: "k1.sbx.example.com", region: "eu-west-1", stateStore: "s3://state", kopsVersion: "1.35.0" };

describe("the login of the program's own kubeconfigs", function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  /** Runs it as a plugin does: from the program's folder, with an empty PATH. */
  const login = async (kops: string | undefined) => {
    const cache = await folder();
    const binary = join(cache, "kops", "1.35.0", "kops");
    if (kops !== undefined) {
      await mkdir(dirname(binary), { recursive: true });
      await writeFile(binary, `#!/bin/sh\n${kops}\n`);
      await chmod(binary, 0o755);
    }
    return await execa(process.execPath, ["providers/kops/login.mjs", JSON.stringify(request)], {
      cwd: root,
      env: { PATH: "", HOME: cache, PILOT_CACHE_DIR: cache, PILOT_STATE_DIR: cache, HTTPS_PROXY: "http://127.0.0.1:1" },
      extendEnv: false,
      reject: false,
    });
  };

  it("asks the program's kOps of the cluster's version, with nothing on PATH", async () => {
    const { exitCode, stdout, stderr } = await login('echo "$* in $AWS_REGION"');
    expect(exitCode, stderr).to.equal(0);
    expect(stdout).to.equal(
      "helpers kubectl-auth --cluster=k1.sbx.example.com --state=s3://state --api-version=v1beta1 in eu-west-1",
    );
  });

  it("fails with what kOps says", async () => {
    const { exitCode, stdout, stderr } = await login("echo 'Error: access denied' >&2; exit 1");
    expect([exitCode, stdout]).to.deep.equal([1, ""]);
    expect(stderr).to.match(/^Error: access denied\n/);
  });

  it("says where to put kOps if it cannot be had", async () => {
    const { exitCode, stderr } = await login(undefined);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(
      /kOps 1\.35\.0 is not on this machine[^]*Next: put the kops binary of version 1\.35\.0 at /,
    );
  });
});
