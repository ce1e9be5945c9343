import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { kopsKeysOf } from "../../../../providers/kops/store/keys.ts";
import { sampleInputs } from "../samples.ts";
import { ClusterStage } from "../stage.ts";
import { planFor } from "../../../../providers/kops/plan/plan-cache.ts";

const { name, instanceGroups } = sampleInputs();
const secret = "the private key";

describe("a preview", () => {
  let stage: ClusterStage;
  beforeEach(async () => {
    stage = await ClusterStage.begin({ instanceGroups: { ...instanceGroups, fresh: instanceGroups["nodes"] ?? {} } });
    await stage.lives({ ...stage.inputs, instanceGroups });
    await stage.store.put(
      `${name}/pki/private/service-account/keyset.yaml`,
      `spec:\n  keys:\n  - id: "1"\n    privateMaterial: ${secret}\n`,
    );
    await stage.store.put(`${name}/secrets/dockerconfig`, JSON.stringify({ Data: secret }));
    await stage.store.put(`${name}/backups/etcd/main/1/etcd.backup.gz`, secret);
  });
  afterEach(() => stage.end());

  it("writes nothing into the store, and asks kOps for nothing but a dry run over a copy of it", async () => {
    const before = new Map(stage.store.objects);
    await planFor(stage.context());
    expect(stage.events).to.deep.equal(["copy: kops replace --force -f FILE", "copy: kops update cluster"]);
    expect([...stage.store.objects]).to.deep.equal([...before]);
  });

  it("has no private key, no secret and no backup in that copy", async () => {
    await planFor(stage.context());
    const copy = join(stage.folder, "store");
    const files = (await readdir(copy, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files).to.include(join(copy, kopsKeysOf(name).config));
    expect(files).to.include(join(copy, `${name}/pki/private/service-account/keyset.yaml`));
    for (const file of files) expect(await readFile(file, "utf8"), file).not.to.contain(secret);
    expect(files.filter((file) => file.includes("/secrets/") || file.includes("/backups/"))).to.deep.equal([]);
  });

  it("tells old and new values, without the secrets of the cluster", async () => {
    stage.dryRun = [
      "Will modify resources:",
      `  AutoscalingGroup/nodes.${name}`,
      "  \tMaxSize             \t 3 -> 5",
      `  \tSuspendProcesses    \t [] -> [${secret}]`,
      "",
    ].join("\n");
    const context = stage.context();
    const log = { ...context.log, redact: (text: string) => text.replaceAll(secret, "[redacted]") };
    const { plan } = await planFor({ ...context, log });
    expect(plan.modify).to.deep.equal([
      {
        kind: "AutoscalingGroup",
        name: `nodes.${name}`,
        fields: ["MaxSize", "SuspendProcesses"],
        values: { MaxSize: { from: "3", to: "5" }, SuspendProcesses: { from: "none", to: "[redacted]" } },
      },
    ]);
  });
});
