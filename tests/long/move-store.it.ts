import {
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientOf, zonesOf } from "../e2e/network/index.ts";
import { counts, unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import type { Ran } from "../e2e/checkout.ts";

const fresh = "pilot-moved-state";
const k1 = "k1.sbx.pilot.internal";
const b1 = "b1.sbx.pilot.internal";

interface Outputs {
  stateStore: { stateStore: string };
  clusters: Record<string, { breakGlassKubeconfig: string }>;
}

/** Short intervals: nodes join within a second. */
const more = `nodeGroups:
  nodes: { machineType: t3.large, count: 2 }
rollingUpdate: { controlPlaneInterval: 1s, nodeInterval: 1s, postDrainDelay: 1s, validateCount: 1 }
validation: { interval: 1s, timeout: 5m, count: 1 }
`;

describe("a state store that moves to another bucket", function () {
  this.timeout(20 * 60_000);
  let whole: WholeCheckout;
  let s3: S3Client;
  let old: string;
  /** Contents of the old store after the move. */
  let left: Record<string, string>;

  const config = (stateStore: Record<string, unknown> = {}): Promise<void> =>
    whole.stack("sbx", {
      network: { zones: zonesOf("a"), nat: "none" },
      dns: { type: "private", name: "sbx.pilot.internal" },
      sandbox: true,
      stateStore: { onDestroy: "retain", ...stateStore },
    });
  /** Contents of a bucket, by key. */
  const contents = async (bucket: string): Promise<Record<string, string>> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    const read = async (key: string): Promise<string> =>
      (await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString("base64")) ??
      "";
    return Object.fromEntries(await Promise.all(Contents.map(async ({ Key = "" }) => [Key, await read(Key)] as const)));
  };
  const words = (...flags: string[]): string[] => [
    "node",
    "cli/pilot.mjs",
    "move-store",
    `s3://${old}`,
    `s3://${fresh}`,
    ...flags,
  ];
  const move = (...flags: string[]): Promise<Ran> => whole.local(...words(...flags));
  const previewFails = (stack: string): Promise<Ran> =>
    whole.localFails("pulumi", "preview", "--stack", stack, "--non-interactive");
  const upFails = (stack: string): Promise<Ran> =>
    whole.localFails("pulumi", "up", "--stack", stack, "--non-interactive", "--yes", "--skip-preview");
  const kops = (name: string): Promise<Ran> =>
    whole.local("kops", "update", "cluster", "--name", name, "--state", `s3://${fresh}`, "--create-kube-config=false");

  before(async () => {
    whole = await makeWholeCheckout();
    s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    await config();
    await whole.write("clusters/sbx/k1.yaml", smallCluster("k1", more));
    await whole.pulumi("up", "sbx");
    await whole.stack("team-b", { environment: "sbx", sandbox: true });
    await whole.write("clusters/team-b/b1.yaml", smallCluster("b1", more));
    await whole.pulumi("up", "team-b");
    old = (await whole.outputs<Outputs>("sbx")).stateStore.stateStore.replace("s3://", "");
  });
  after(() => whole.remove());

  it("is first shown with what blocks the move; nothing is created or copied", async () => {
    const before = await contents(old);
    const { output } = await move();
    expect(output)
      .to.match(new RegExp(`${k1}: \\d+ objects, [\\d.]+ KiB`))
      .and.to.match(new RegExp(`${b1}: \\d+ objects`));
    expect(output).to.contain(`the bucket ${fresh} does not exist`).and.to.not.contain("Nothing stops it");
    expect((await whole.localFails(...words("--apply"))).output)
      .to.contain(`the bucket ${fresh} does not exist`)
      .and.to.contain("nothing was copied");
    expect(await contents(old)).to.deep.equal(before);
  });

  it("stays in the old bucket if the copy is killed; stacks go on, and the same command finishes it", async () => {
    await whole.npmKilledAt(/copying \d+ objects/, "run", "--silent", "local", "--", ...words("--apply", "--create"));
    expect(Object.keys(await contents(old))).to.not.include("_pilot/moved.json");
    // The stack shows no changes; the next move takes the dead command's locks.
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);

    const before = await contents(old);
    const { output } = await move("--apply", "--create");
    expect(output)
      .to.contain(`The clusters of s3://${old} moved to s3://${fresh}`)
      .and.to.contain(`pilot:stateStore.stateBucket: ${fresh}`);
    left = await contents(old);
    const notes = ["_pilot/moved.json", `_pilot/${b1}/moved.json`, `_pilot/${k1}/moved.json`];
    expect(Object.keys(left).filter((key) => !(key in before))).to.have.members(notes);
    const arrived = await contents(fresh);
    for (const [key, body] of Object.entries(before)) {
      if (key.endsWith("/lock.json")) continue;
      if (key.endsWith("/journal.json") || /^[^/]+\/config$/.test(key))
        expect(Buffer.from(arrived[key] ?? "", "base64").toString()).to.contain(
          key.endsWith("config") ? `configBase: s3://${fresh}/` : `"store": "s3://${old}"`,
        );
      else expect(arrived[key] === body, key).to.equal(true);
    }
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: fresh }))).Status).to.equal("Enabled");
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket: fresh }))).Policy)
      .to.contain('"pilot pilot/sbx"')
      .and.to.contain(fresh)
      .and.to.not.contain(old);
    expect((await move("--apply")).output).to.contain("moved to");
    expect(await contents(old)).to.deep.equal(left);
  });

  it("is closed in the old bucket: runs and commands name the new one; an undo restores everything", async () => {
    const says = `${k1} moved from s3://${old} to s3://${fresh}: set pilot:stateStore.stateBucket: ${fresh}`;
    await whole.edit("clusters/sbx/k1.yaml", "count: 2", "count: 3");
    expect((await previewFails("sbx")).output).to.contain(says);
    expect((await upFails("sbx")).output).to.contain(says);
    await whole.edit("clusters/sbx/k1.yaml", "count: 3", "count: 2");
    expect((await previewFails("sbx")).output).to.contain(says);
    expect((await whole.localFails("node", "cli/pilot.mjs", "pause", `s3://${old}`, k1)).output).to.contain(says);
    expect(
      (await whole.localFails("pulumi", "destroy", "--stack", "team-b", "--non-interactive", "--yes", "--skip-preview"))
        .output,
    ).to.contain(`${b1} moved from`);
    expect(await contents(old)).to.deep.equal(left);

    expect((await move("--undo")).output).to.contain("The move is withdrawn");
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    await config({ stateBucket: fresh });
    expect((await previewFails("sbx")).output).to.contain("stateStore");
    await config();
    await move("--apply");
    left = await contents(old);
  });

  it("is refused in the new bucket if plain kOps, which ignores locks, wrote to the old one", async () => {
    const key = `${k1}/instancegroup/nodes`;
    const put = (body: string): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: old, Key: key, Body: body }));
    const before = Buffer.from(left[key] ?? "", "base64").toString();
    await put(before.replace("maxSize: 2", "maxSize: 4"));
    await config({ stateBucket: fresh });
    for (const { output } of [await previewFails("sbx"), await upFails("sbx")])
      expect(output).to.contain(`manifests of ${k1} in s3://${old} were changed`).and.to.contain(key);
    expect(Object.keys(await contents(old))).to.have.members(Object.keys(left));
    await put(before);
    await config();
  });

  it("is refused with purge, which would delete the old bucket while nodes still use it", async () => {
    await config({ stateBucket: fresh, onDestroy: "purge" });
    const { output } = await previewFails("sbx");
    expect(output)
      .to.contain(`The state bucket cannot change to ${fresh}`)
      .and.to.contain("onDestroy: retain")
      .and.to.contain(b1);
  });

  it("rolls only the control plane, as previewed, then nothing; the old bucket stays byte for byte", async () => {
    await config({ stateBucket: fresh });
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output)
      .to.contain(`the cluster moved here from s3://${old}`)
      .and.to.match(/plan: roll 1\. control-plane-\S+: 1 control-plane node/);
    // Workers get their configuration from the control plane, so kOps does not change them.
    expect(output).to.not.match(/plan: roll 2|LaunchTemplate\/nodes|plan: delete \d/);
    const before = await whole.instances();
    const upped = await whole.pulumi("up", "sbx");
    expect(upped.output).to.contain("the cluster is up to date");
    const now = await whole.instances();
    const of = (all: Record<string, string[]>, which: (name: string) => boolean): string[] =>
      Object.entries(all)
        .filter(([name]) => which(name))
        .flatMap(([, ids]) => ids);
    const [controlPlane, workers] = [
      (name: string): boolean => name.includes("masters.k1."),
      (name: string): boolean => name.startsWith("nodes.k1."),
    ];
    expect(of(before, controlPlane)).to.have.length(1);
    expect(of(now, controlPlane)).to.have.length(1).and.to.not.deep.equal(of(before, controlPlane));
    expect(of(now, workers)).to.have.length(2).and.to.deep.equal(of(before, workers));
    expect(counts((await whole.pulumi("preview", "sbx", "--refresh")).output)).to.deep.equal([]);
    expect((await kops(k1)).output).to.contain("No changes need to be applied");
    const { clusters, stateStore } = await whole.outputs<Outputs>("sbx");
    expect(stateStore.stateStore).to.equal(`s3://${fresh}`);
    expect(clusters["k1"]?.breakGlassKubeconfig).to.contain(`s3://${fresh}`).and.to.not.contain(old);
    expect(await contents(old)).to.deep.equal(left);
  });

  it("moves another stack's clusters with that stack's own up, also after a kill; no undo is left", async () => {
    expect((await whole.localFails(...words("--undo"))).output)
      .to.contain("cannot be withdrawn")
      .and.to.contain(k1);
    const before = await whole.instances();
    await whole.npmKilledAt(
      /rolling \S* ?1\/1 draining/,
      "run",
      "--silent",
      "local",
      "--",
      "pulumi",
      "up",
      "--stack",
      "team-b",
      "--non-interactive",
      "--yes",
      "--skip-preview",
    );
    const { output } = await whole.pulumi("up", "team-b");
    expect(output).to.match(/continues: the update begun \S+ stopped at/);
    const [now, name] = [await whole.instances(), "control-plane-ap-southeast-2a.masters.b1.sbx.pilot.internal"];
    expect(now[name]).to.have.length(1).and.to.not.deep.equal(before[name]);
    expect((await whole.pulumi("up", "team-b")).output).to.match(unchanged);
    expect((await kops(b1)).output).to.contain("No changes need to be applied");
    expect(await contents(old)).to.deep.equal(left);
  });

  it("keeps only the archive of a destroyed cluster in the new bucket", async () => {
    await whole.pulumi("destroy", "team-b");
    const keys = Object.keys(await contents(fresh)).filter((key) => key.includes(b1));
    expect(keys.filter((key) => !/^_pilot\/[^/]+\/(archive|history)\//.test(key))).to.deep.equal([]);
    expect(keys.some((key) => key.endsWith("/archive.json"))).to.equal(true);
    expect(await contents(old)).to.deep.equal(left);
  });
});
