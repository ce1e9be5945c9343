import { expect } from "chai";
import { chmod, mkdir, mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { mock } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import { create } from "../../../../providers/kops/provider.ts";
import { withContext } from "../../../../providers/kops/operation/context.ts";
import { runOperation } from "../../../../providers/kops/operation/operation.ts";
import { faultsOf } from "../../../e2e/faults.ts";
import type { Faults } from "../../../e2e/faults.ts";
import { rejection } from "../../../local/rejection.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { sampleInputs } from "../samples.ts";
import { makeStateBucket, storeVariables } from "../state-bucket.ts";

const inputs = sampleInputs({ stateStore: "s3://state" });
const { signal } = new AbortController();

/** A kops that fails, and takes the store with it: from then on nothing in S3 is to be had. */
const failing = (endpoint: string): string => `#!${process.execPath}
await fetch("${endpoint}/_pilot/faults", { method: "POST", body: JSON.stringify([{ service: "s3", status: 403, code: "AccessDenied", message: "the store is away" }]) });
console.error("Error: kOps's reason");
process.exitCode = 1;
`;

describe("the report of an operation", function () {
  this.timeout(60_000);
  let aws: Aws;
  let faults: Faults;
  let folder: string;
  const surroundings = process.env;
  /** Lines that Pulumi shows. */
  let said: string[];

  before(async () => {
    aws = await startAws();
    faults = await faultsOf(aws.endpoint);
    await makeStateBucket(aws.endpoint);
    folder = await mkdtemp(join(tmpdir(), "pilot-session-"));
    const home = join(folder, "cache", "kops", inputs.kopsVersion);
    await mkdir(home, { recursive: true });
    // By its name node takes it for a module, whose top level may wait.
    await writeFile(join(home, "kops"), failing(aws.endpoint));
    await writeFile(join(home, "package.json"), '{"type": "module"}');
    await chmod(join(home, "kops"), 0o700);
  });
  after(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    const local = {
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL: aws.endpoint,
      ...storeVariables(aws.endpoint),
    };
    process.env = {
      ...surroundings,
      ...local,
      PILOT_CACHE_DIR: join(folder, "cache"),
      PILOT_STATE_DIR: await mkdtemp(join(folder, "state-")),
    };
    said = [];
    mock.method(console, "log", (line: string) => said.push(line));
  });
  afterEach(async () => {
    mock.reset();
    process.env = surroundings;
    await faults.clear();
  });

  const logs = async (): Promise<string[]> => {
    const place = join(process.env["PILOT_STATE_DIR"] ?? "", "logs", inputs.name);
    return (await readdir(place)).map((name) => join(place, name));
  };
  /** Logs that this process has open. */
  const open = async (): Promise<string[]> => {
    const links = await Promise.all(
      (await readdir("/proc/self/fd")).map((one) => readlink(join("/proc/self/fd", one)).catch(() => "")),
    );
    return links.filter((link) => link.endsWith(".log") && link.includes(inputs.name));
  };

  it("tells why kOps failed, even if the store is unreachable then, and Pulumi keeps the unfinished cluster", async () => {
    const error = await rejection(create({ ...inputs }));
    expect(error.message).to.match(/^kops replace --force of \S+ failed\.\s+kOps's reason/);
    const [log] = await logs();
    expect(error.message.split(log ?? "none"), "names the log once").to.have.length(2);
    expect(error).to.deep.include({ name: "UnfinishedError", id: inputs.name });
    expect(error).to.have.nested.property("properties.conditions").that.is.not.empty;
    for (const aside of [
      /could not note in the journal why the create failed: .*the store is away/,
      /the lock of the cluster could not be released; it expires 1m00s after its last renewal: .*the store is away/,
      /could not read the journal after the failure: .*the store is away/,
    ]) {
      expect(
        said.filter((line) => aside.test(line)),
        aside.source,
      ).to.have.length(1);
    }
  });

  it("tells success if only the lock cannot be released", async () => {
    const result = await runOperation({ ...inputs, name: "k2.sbx.example.com" }, "update", signal, async () => {
      await faults.add({
        service: "s3",
        action: "DeleteObject",
        path: "/lock\\.json",
        status: 403,
        code: "AccessDenied",
        message: "no",
      });
      return "done";
    });
    expect(result).to.equal("done");
    expect(said.join("\n")).to.contain("warning: the lock of the cluster could not be released");
  });

  it("names the log, whatever stopped the operation", async () => {
    const late = new TimeoutError({
      what: "Waited 15m for the drain of node i-1",
      why: "the last check found: blocked",
      next: "make room",
    });
    const error = await rejection(
      runOperation({ ...inputs, name: "k3.sbx.example.com" }, "update", signal, () => Promise.reject(late)),
    );
    expect(error.name).to.equal("TimeoutError");
    expect(error.message).to.match(
      /^Waited 15m for the drain[^]*\n {2}Log: \S+\/logs\/k3\.sbx\.example\.com\/\S+-update-\d+\.log$/,
    );
  });

  it("is only the error if the operation could not begin: no heartbeat goes on, and no log stays open", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    // Where the folder of its logs is to be.
    const place = join(process.env["PILOT_STATE_DIR"] ?? "", "logs");
    await writeFile(place, "");
    expect((await rejection(withContext(inputs, "update", signal, () => Promise.resolve()))).message).to.contain(
      "ENOTDIR",
    );
    await rm(place);
    const broken = {
      ...inputs,
      get assumeRole(): never {
        throw new Error("no credentials");
      },
    };
    expect((await rejection(withContext(broken, "update", signal, () => Promise.resolve()))).message).to.match(
      /^no credentials\n {2}Log: /,
    );
    mock.timers.tick(60_000);
    expect(said).to.deep.equal([]);
    expect(await open()).to.deep.equal([]);
  });

  it("repeats a heartbeat as long as the operation works", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    await withContext(inputs, "update", signal, async () => {
      mock.timers.tick(30_000);
      expect(await open()).to.have.length(1);
    });
    mock.timers.tick(60_000);
    expect(said)
      .to.have.length(1)
      .and.to.match(/still at work/);
  });
});
