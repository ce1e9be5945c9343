import { expect } from "chai";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import { apply } from "../../../../providers/kops/converge/steps/apply.ts";
import { dryRun } from "../../../../providers/kops/plan/dry-run.ts";
import { KopsError } from "../../../../providers/kops/model/errors.ts";
import { recorded, recordedInputs } from "./errors/recorded.ts";

describe("kops update", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-update-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** A kOps that prints lines, then goes on for a minute. */
  async function kopsThatPrints(lines: readonly string[], end = "exec sleep 60"): Promise<Kops> {
    const binary = join(folder, "kops");
    const log = join(folder, "lines");
    await writeFile(log, `${lines.join("\n")}\n`);
    await writeFile(binary, `#!/bin/sh\ncat ${log} >&2\n${end}\n`);
    await chmod(binary, 0o755);
    return new Kops({
      binary,
      cluster: "k1.example.com",
      store: "s3://state",
      folder,
      log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
      signal: new AbortController().signal,
      env: process.env,
      apiServer: () => Promise.resolve(undefined),
    });
  }

  const progress = { say: () => undefined };

  async function errorOf(work: Promise<unknown>): Promise<KopsError> {
    try {
      await work;
    } catch (error) {
      if (error instanceof KopsError) return error;
      throw error;
    }
    throw new Error("kOps succeeded");
  }

  const previewOf = (kops: Kops, name: string): Promise<unknown> =>
    dryRun(kops, recordedInputs("1.35.0", name), progress);

  const applyOf = (kops: Kops, name: string): Promise<unknown> =>
    apply(
      {
        context: { inputs: recordedInputs("1.35.0", name), progress, kops },
        journal: { version: 1, cluster: "k1", owner: "a", conditions: [], instanceGroups: [] },
        assertManifests: () => Promise.resolve(),
        save: () => Promise.resolve(),
      },
      [],
    );

  const linesOf = (name: string): string[] => recorded("1.35.0").get(name) ?? [];

  it("is stopped within seconds when nothing can succeed any more, and says why by property", async () => {
    const began = Date.now();
    const error = await errorOf(previewOf(await kopsThatPrints(linesOf("no-release")), "no-release"));
    expect(Date.now() - began).to.be.lessThan(10_000);
    expect(error.explanation.causes?.map(({ property }) => property)).to.deep.equal(["cluster.kubernetesVersion"]);
    expect(error.message).to.contain(
      'cannot determine hash for "https://dl.k8s.io/release/v1.34.99/bin/linux/amd64/kubelet"',
    );
  }).timeout(20_000);

  it("says after a stopped apply what is left, and that the next `pulumi up` continues", async () => {
    const lasting = linesOf("apply-denied").map((line) => line.replace("(9m", "(8m"));
    const error = await errorOf(applyOf(await kopsThatPrints(lasting), "apply-denied"));
    expect(error.message).to.match(/kOps finished \d+ of 117 tasks; \d+ failed, and \d+ wait for (it|them)/);
    expect(error.message).to.contain("run `pulumi up` again: it continues from here");
  }).timeout(20_000);

  it("goes on while an error may pass by itself", async () => {
    const kops = await kopsThatPrints(linesOf("apply-group-missing"), "exit 0");
    expect(await applyOf(kops, "apply-group-missing")).to.deep.equal([]);
  });

  it("tells by property what makes kOps end at once", async () => {
    const kops = await kopsThatPrints(linesOf("no-type"), "exit 1");
    expect(
      (await errorOf(previewOf(kops, "no-type"))).explanation.causes?.map(({ property }) => property),
    ).to.deep.equal(["instanceGroups.nodes-ap-southeast-2a.machineType"]);
  });
});
