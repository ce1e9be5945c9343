import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { desiredSpec, manifestOf } from "../../providers/kops/spec.ts";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";

describe("a cluster made with the kOps command line", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let s3: S3Client;

  before(async () => {
    bare = await makeBareCheckout();
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const args = wanted();
    await bare.write("manifest.yaml", manifestOf(desiredSpec({ ...args, owner: "nobody" })));
    await kops("create", "-f", "manifest.yaml");
    await kops("update", "cluster", "--name", args.name, "--yes", "--create-kube-config=false");
  });
  after(() => bare.remove());

  const wanted = (changes: Partial<BareArgs> = {}, text = "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }"): BareArgs => bareArgs("k1", bare.surroundings, text, changes);
  const kops = async (...words: string[]): Promise<string> => (await bare.local("kops", ...words, "--state", "s3://bare-state")).output;
  const etags = async (prefix = "k1.bare.internal/"): Promise<Record<string, string>> => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket: "bare-state", Prefix: prefix }));
    return Object.fromEntries((answer.Contents ?? []).map(({ Key, ETag, LastModified }) => [Key ?? "", `${ETag ?? ""} ${LastModified?.toISOString() ?? ""}`]));
  };
  /** Requests that changed something in AWS, but for objects. */
  const changes = async (): Promise<number> => {
    const counts = (await (await fetch(`${bare.endpoint}/_pilot/changes/999999999`)).json()) as { services: Record<string, number> };
    return Object.entries(counts.services).reduce((sum, [service, count]) => (service === "s3" ? sum : sum + count), 0);
  };
  const remove = (): Promise<unknown> => bare.local("pulumi", "state", "delete", "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k1", "--stack", "sbx", "--yes");

  it("is refused without adopt, in the preview, and shown with its differences by property before it is taken over", async () => {
    await bare.declare({ k1: wanted() });
    const refused = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(refused.output).to.contain("it was made without this program").and.to.contain("adopt: true");
    await bare.declare({ k1: wanted({ adopt: true }, "nodeGroups: { nodes: { machineType: t3.xlarge, count: 1 } }") });
    const { output } = await bare.preview();
    expect(output).to.contain("instanceGroups.nodes.machineType: t3.large -> t3.xlarge").and.to.contain("roll 1. nodes");
  });

  it("is taken over without a write or a roll when it is as asked for", async () => {
    const before = { etags: await etags(), changes: await changes() };
    await bare.declare({ k1: wanted({ adopt: true, owner: "acme/platform/prod" } as Partial<BareArgs>) });
    const { output } = await bare.up();
    expect(output).to.contain("taken over as it is").and.to.contain(done);
    expect(await etags()).to.deep.equal(before.etags);
    expect(await changes()).to.equal(before.changes);
  });

  it("belongs to its owner from then on: another stack is refused, takes it over by adopt, which may go again, and finds it when its state is lost", async () => {
    await remove();
    await bare.declare({ k1: wanted() });
    expect((await bare.upFails()).output).to.contain("it belongs to acme/platform/prod");
    const before = await etags();
    await bare.declare({ k1: wanted({ adopt: true }) });
    expect((await bare.up()).output).to.contain("taken over as it is");
    await bare.declare({ k1: wanted() });
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect(await etags()).to.deep.equal(before);
    await remove();
    const quiet = await changes();
    expect((await bare.up()).output).to.contain(done);
    expect(await changes()).to.equal(quiet);
  });

  it("is let go by retainOnDelete and forgotten by command, and plain kOps finds nothing to do", async () => {
    await bare.edit("index.ts", "new KopsCluster(name, one)", "new KopsCluster(name, one, { retainOnDelete: true })");
    await bare.up();
    await bare.declare({});
    await bare.up();
    const forgotten = await bare.local("npm", "run", "--silent", "kops:forget", "--", "s3://bare-state", "k1.bare.internal", "--purge");
    expect(forgotten.output).to.contain("is forgotten");
    expect(Object.keys(await etags("_pilot/"))).to.deep.equal([]);
    expect(await kops("update", "cluster", "--name", "k1.bare.internal")).to.contain("No changes need to be applied");
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });
});
