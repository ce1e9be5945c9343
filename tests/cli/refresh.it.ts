import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { refreshed } from "../../cli/refresh/refreshed.ts";
import { pinnedImages } from "../../components/cluster/request/machines.ts";
import { awsShell } from "../providers/kops/aws/aws-shell.ts";
import { startAws } from "../local/aws/server.ts";
import type { Aws } from "../local/aws/server.ts";
import { textOf } from "./text-of.ts";

const project = resolve(import.meta.dirname, "../..");

describe("the refresh command on the local cloud", function () {
  this.timeout(120_000);
  let aws: Aws;
  let releases: Server;
  let root = "";
  let restore = (): void => undefined;

  before(async () => {
    aws = await startAws();
    restore = awsShell(aws.endpoint);
    releases = createServer((_request, response) => response.end("v1.34.9\n"));
    await new Promise<void>((done) => releases.listen(0, "127.0.0.1", done));
    root = mkdtempSync(join(tmpdir(), "refresh-"));
    mkdirSync(join(root, "clusters"));
    for (const file of ["Pulumi.sbx.yaml", "clusters/sbx"])
      cpSync(join(project, file), join(root, file), { recursive: true });
  });
  after(async () => {
    restore();
    await aws.stop();
    releases.close();
    rmSync(root, { recursive: true });
  });
  const run = (...words: string[]) => {
    const { port } = releases.address() as AddressInfo;
    const mirror = ["--releases", `http://127.0.0.1:${port}`];
    return textOf(["refresh", "--stack", "sbx", ...mirror, ...words], { project: root });
  };
  const text = () => readFileSync(join(root, "clusters/sbx/k1.yaml"), "utf8");

  it("shows newer versions, writes them when asked, and then has nothing to do", async () => {
    const before = text();
    const image = pinnedImages.amd64.replace("20251212", "20260115");
    const out = join(root, "found", "refresh.json");
    expect(await run("--out", out))
      .to.contain("clusters/sbx/k1.yaml: kubernetesVersion: 1.34.3 -> 1.34.9")
      .and.to.contain(`image, the program's: ${pinnedImages.amd64} -> ${image}`)
      .and.to.contain("Nothing is written. Next: the same command with --write");
    expect(text()).to.equal(before);
    const { files } = refreshed.parse(JSON.parse(readFileSync(out, "utf8")));

    expect(await run("--write")).to.contain("pulumi preview --stack sbx");
    expect(files).to.deep.equal({ "clusters/sbx/k1.yaml": text() });
    expect(text().startsWith(before.replace("1.34.3", "1.34.9"))).to.equal(true);
    expect(yaml.load(text())).to.deep.include({ kubernetesVersion: "1.34.9", image: { amd64: image } });
    expect(await run("--write")).to.equal("sbx has the newest.");
  });
});
