import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { accepts, Downloads, Unreachable } from "../../../local/tools/download.ts";
import { Problem } from "../../../local/base/problem.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

const content = "a release";
const sha256 = createHash("sha256").update(content).digest("hex");

describe("downloads of releases", () => {
  const folder = temporaryFolders();
  let server: Server;
  let base: string;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request.url ?? "");
      if (request.url === "/half") {
        response.setHeader("content-length", 1000);
        response.write(content, () => response.destroy());
        return;
      }
      if (request.url === "/slow") {
        response.setHeader("content-length", 1000);
        response.write(content);
        return;
      }
      response.statusCode = request.url === "/tool" ? 200 : 404;
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const downloads = (env: NodeJS.ProcessEnv = {}, report: (line: string) => void = () => undefined): Downloads =>
    new Downloads(report, env);

  it("succeed if the digest is the published one", async () => {
    const file = join(await folder(), "tool");
    await downloads().file(`${base}/tool`, file, { algorithm: "sha256", digest: sha256.toUpperCase() });
    expect(await readFile(file, "utf8")).to.equal(content);
  });

  it("are refused and leave nothing if the digest differs", async () => {
    const file = join(await folder(), "tool");
    const error = await rejection(
      downloads().file(`${base}/tool`, file, { algorithm: "sha256", digest: "0".repeat(64) }),
    );
    expect(error).to.be.instanceOf(Problem);
    expect(error.message).to.include(sha256).and.to.include("0".repeat(64)).and.to.include("Next: ");
    expect(existsSync(file)).to.equal(false);
  });

  it("are refused if no digest was published", async () => {
    const error = await rejection(
      downloads().file(`${base}/tool`, join(await folder(), "tool"), { algorithm: "sha256", digest: "" }),
    );
    expect(error).to.be.instanceOf(Problem);
  });

  it("that do not exist count as unreachable, so that the tool is built", async () => {
    expect(await rejection(downloads().text(`${base}/other`))).to.be.instanceOf(Unreachable);
  });

  it("that break off count as unreachable and leave nothing", async () => {
    const file = join(await folder(), "tool");
    expect(
      await rejection(downloads().file(`${base}/half`, file, { algorithm: "sha256", digest: sha256 })),
    ).to.be.instanceOf(Unreachable);
    expect(existsSync(file)).to.equal(false);
  });

  it("end when another work fails, and leave nothing", async () => {
    const failure = new AbortController();
    const file = join(await folder(), "tool");
    const one = new Downloads(() => undefined, {}, failure.signal);
    const ended = rejection(
      one.file(`${base}/slow`, file, { algorithm: "sha256", digest: sha256 }, () => {
        failure.abort(new Error("the other failed"));
      }),
    );
    expect(await ended).to.be.instanceOf(Unreachable);
    expect(existsSync(file)).to.equal(false);
  });

  it("are not tried at all with PILOT_OFFLINE=1", async () => {
    expect(await rejection(downloads({ PILOT_OFFLINE: "1" }).text(`${base}/tool`))).to.be.instanceOf(Unreachable);
    expect(requests).to.deep.equal([]);
  });

  it("are not tried again, from any host, after one was unreachable", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const one = downloads();
    expect(await rejection(one.text(`http://127.0.0.1:${port}/tool`))).to.be.instanceOf(Unreachable);
    expect(await rejection(one.text(`${base}/tool`))).to.be.instanceOf(Unreachable);
    expect(requests).to.deep.equal([]);
  });

  it("report only once per run why they are not used", () => {
    const lines: string[] = [];
    const one = downloads({}, (line) => lines.push(line));
    one.explain(new Unreachable("a cannot be reached"));
    one.explain(new Unreachable("b cannot be reached"));
    expect(lines).to.deep.equal([
      "a cannot be reached: tools that are missing are built from source instead of downloaded",
    ]);
  });

  it("notice a hanging name lookup within the time limit", async () => {
    const hanging = (): void => undefined;
    expect(await accepts("releases.invalid", 443, 20, hanging)).to.equal(false);
  });
});
