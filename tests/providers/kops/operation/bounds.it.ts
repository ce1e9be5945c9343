import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsClient } from "../../../../providers/kops/aws/client.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/model/inputs.ts";
import { runOperation } from "../../../../providers/kops/operation/operation.ts";
import type { Operation } from "../../../../providers/kops/operation/operation.ts";
import { readJournal } from "../../../../providers/kops/store/journal.ts";
import { openStore } from "../../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { rejection } from "../../../local/rejection.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { startProxy } from "../http/proxy.ts";
import type { Proxy } from "../http/proxy.ts";
import { sampleInputs } from "../samples.ts";
import { makeStateBucket, storeVariables } from "../state-bucket.ts";

const { signal } = new AbortController();

describe("an operation behind a proxy that swallows answers", function () {
  this.timeout(90_000);
  let aws: Aws;
  let proxy: Proxy;
  let folder: string;
  const surroundings = process.env;

  before(async () => {
    aws = await startAws();
    await makeStateBucket(aws.endpoint);
    folder = await mkdtemp(join(tmpdir(), "pilot-bounds-"));
    const home = join(folder, "cache", "kops", sampleInputs().kopsVersion);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "kops"), "");
    await chmod(join(home, "kops"), 0o700);
  });
  after(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    proxy = await startProxy(aws.endpoint);
    // Names that only the proxy knows: a call that does not go through it fails.
    process.env = {
      ...surroundings,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL: "http://ec2.cloud.test",
      ...storeVariables("http://s3.cloud.test"),
      HTTP_PROXY: proxy.url,
      NO_PROXY: "",
      PILOT_CACHE_DIR: join(folder, "cache"),
      PILOT_STATE_DIR: folder,
    };
  });
  afterEach(async () => {
    process.env = surroundings;
    await proxy.close();
  });

  const inputsOf = (name: string, update: string): KopsClusterInputs =>
    sampleInputs({ name, stateStore: "s3://state", timeouts: { update } });

  /** Runs an update in whose step a call to EC2 gets no answer, nor any to the swallowed hosts. */
  const swallowing = async (
    inputs: KopsClusterInputs,
    hosts: RegExp,
  ): Promise<{ error: Error; seconds: number; store: ObjectStore }> => {
    const work = (operation: Operation): Promise<void> =>
      operation.step("ControlPlaneApplied", async () => {
        proxy.swallow(hosts);
        await awsClient(EC2Client, inputs).send(new DescribeVpcsCommand({}));
        return [];
      });
    const began = Date.now();
    const error = await rejection(runOperation(inputs, "update", signal, work));
    const seconds = (Date.now() - began) / 1000;
    proxy.swallow(undefined);
    return { error, seconds, store: openStore(inputs.stateStore, inputs) };
  };

  it("ends at timeouts.update, notes why in the journal and releases the lock", async () => {
    const { error, seconds, store } = await swallowing(inputsOf("k1.sbx.example.com", "3s"), /^ec2/);
    expect(error.message).to.match(/^The update of k1\.sbx\.example\.com was stopped: timeouts\.update is 3s/);
    expect(seconds).to.be.within(3, 6);
    const journal = await readJournal(store, "k1.sbx.example.com");
    expect(journal?.operation?.error).to.contain("timeouts.update is 3s");
    expect((await store.list("_pilot/k1.sbx.example.com/")).map(({ key }) => key.split("/").at(-1))).to.not.include(
      "lock.json",
    );
    expect(proxy.seen).to.include.members(["GET s3.cloud.test", "POST ec2.cloud.test"]);
  });

  it("ends within 20 s of 30s, if the store does not answer either: the journal is whole, and the lock expires", async () => {
    const inputs = inputsOf("k2.sbx.example.com", "30s");
    const { error, seconds, store } = await swallowing(inputs, /./);
    expect(error.message).to.contain("timeouts.update is 30s");
    // Ten seconds each to note the end in the journal and to release the lock.
    expect(seconds).to.be.within(30, 51);
    const journal = await readJournal(store, inputs.name);
    expect(journal?.operation?.steps.map(({ name, ended }) => [name, ended])).to.deep.equal([
      ["ControlPlaneApplied", undefined],
    ]);
    const lock = async (): Promise<string | undefined> =>
      (await store.get("_pilot/k2.sbx.example.com/lock.json"))?.etag;
    const left = await lock();
    expect(left).to.be.a("string");
    // A renewal would come four times a minute.
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    expect(await lock()).to.equal(left);
  });
});
