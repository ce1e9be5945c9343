import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JournalWriter, type Journal } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { rejection } from "../local/rejection.ts";
import { operationOf } from "../providers/kops/journals.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const places = pilotKeysOf(cluster);
const ready = { reason: "UpToDate", message: "", lastTransitionTime: "2026-11-23T09:00:00Z" };

describe("the leave command", () => {
  let project: string;
  before(async () => {
    project = await mkdtemp(join(tmpdir(), "pilot-leave-"));
    await writeFile(join(project, "Pulumi.yaml"), "name: pilot\n");
    await writeFile(
      join(project, "Pulumi.sbx.yaml"),
      "config:\n  aws:region: eu-west-1\n  pilot:network: { zones: [eu-west-1a] }\n" +
        "  pilot:dns: { type: private, name: sbx.example.com }\n",
    );
  });
  before(async () => {
    await mkdir(join(project, "clusters", "sbx"), { recursive: true });
    await writeFile(
      join(project, "clusters", "sbx", "k1.yaml"),
      "name: k1\nkopsVersion: 1.35.0\nkubernetesVersion: 1.34.3\napiAccess: [10.0.0.0/8]\n" +
        "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n",
    );
  });
  after(() => rm(project, { recursive: true }));

  async function stage(changes: Partial<Journal> = {}): Promise<{
    store: ReturnType<typeof memoryStore>;
    leave: (...words: string[]) => Promise<string>;
  }> {
    const store = memoryStore();
    store.objects.set(`${cluster}/config`, "kind: Cluster\nspec: { DisableSubnetTags: true }\n");
    store.objects.set(places.pause, "{}");
    store.objects.set(`${places.archive}/2026-10-01T00-00-00-000Z.yaml`, "kind: Cluster");
    await new JournalWriter(store, cluster, undefined).write({
      ...{ version: 1, cluster, owner: "organization/pilot/sbx", instanceGroups: [] },
      conditions: [
        { type: "NodesUpToDate", status: "True", ...ready },
        { type: "Ready", status: "True", ...ready },
      ],
      applied: { digest: "d", kopsVersion: "1.35.0", revision: 1, at: "2026-11-23T09:00:00Z" },
      ...changes,
    });
    return {
      store,
      leave: (...words) =>
        textOf(["leave", "s3://memory", cluster, ...words], {
          ...{ by: "kim@desk", progress: { say: () => undefined }, signal: new AbortController().signal, project },
          ...{ lockLifetime: 200, open: () => store },
        }),
    };
  }

  it("shows all steps in the order in which nothing is deleted, with the real URN, and changes nothing", async () => {
    const { store, leave } = await stage();
    const before = [...store.objects.keys()];
    const text = await leave();
    expect(text.split("\n").filter((line) => /^ {2}\d/.test(line))).to.deep.equal([
      "  1. let nobody run `pulumi up` meanwhile",
      "  2. pulumi state delete 'urn:pulumi:sbx::pilot::pilot:cluster:KubernetesCluster::k1' --target-dependents " +
        "--stack sbx",
      "  3. remove the cluster's file from clusters/sbx/ (never before: `pulumi up` would delete the cluster)",
      `  4. npx pilot leave s3://memory ${cluster} --yes, which removes the journal and the pause flag`,
      `  5. kops update cluster --name ${cluster} --state s3://memory, which finds nothing to do`,
      `  6. kops rolling-update cluster --name ${cluster} --state s3://memory, which finds nothing to do`,
    ]);
    expect(text).to.contain(`subnets keep the tag kubernetes.io/cluster/${cluster}`);
    expect([...store.objects.keys()]).to.deep.equal(before);
    expect(await (await stage({ deletionProtection: true })).leave()).to.contain(
      "--target-dependents --force --stack sbx",
    );
    expect(await (await stage({ owner: "acme/other/prod" })).leave()).to.contain(
      "`pulumi stack --show-urns --stack prod` has the cluster's URN",
    );
  });

  it("is refused while a run holds the cluster, and names it", async () => {
    const { store, leave } = await stage();
    const lock = await acquireLock({
      ...{ store, cluster, owner: "o/p/s", operation: "update", timeout: 0, signal: new AbortController().signal },
      ...{ progress: { say: () => undefined }, lifetime: 60_000 },
    });
    expect((await rejection(leave())).message).to.contain("update by o/p/s");
    await lock.release();
    expect(await leave()).to.contain("can leave");
  });

  it("removes journal and pause flag with --yes, and with --purge all that is kept", async () => {
    const { store, leave } = await stage();
    expect(await leave("--yes")).to.contain("has left organization/pilot/sbx, and runs on");
    expect([...store.objects.keys()]).to.have.members([
      `${cluster}/config`,
      `${places.archive}/2026-10-01T00-00-00-000Z.yaml`,
    ]);
    expect((await rejection(leave("--yes"))).message).to.contain("has nothing to leave");
    const other = await stage();
    expect(await other.leave("--yes", "--purge")).to.contain("its archive: 1 objects");
    expect([...other.store.objects.keys()]).to.deep.equal([`${cluster}/config`]);
  });

  for (const [title, changes, why] of [
    ["an operation is unfinished", { operation: operationOf("update", "SpecWritten") }, "update begun"],
    [
      "nodes wait for a roll",
      {
        conditions: [
          { type: "NodesUpToDate", status: "False", ...ready, reason: "RollHeldBack", message: "2 nodes wait" },
        ],
      },
      "NodesUpToDate: RollHeldBack: 2 nodes wait",
    ],
  ] as [string, Partial<Journal>, string][])
    it(`is refused while ${title}, with --yes too`, async () => {
      const { store, leave } = await stage(changes);
      const before = [...store.objects.keys()];
      for (const words of [[], ["--yes"]]) expect((await rejection(leave(...words))).message).to.contain(why);
      expect([...store.objects.keys()]).to.deep.equal(before);
    });
});
