import { expect } from "chai";
import { digestOf } from "../../providers/kops/model/spec.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { unreviewedChanges } from "../../pull-requests/apply/unreviewed-changes.ts";
import { waitingChanges } from "../../pull-requests/preview/waiting.ts";
import { previewDocument } from "../../pull-requests/preview/document.ts";
import { artifactOf, findReviewed } from "../../pull-requests/apply/reviewed.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { ResourceChange } from "../../pull-requests/preview/document.ts";
import { clusterChange, plan, preview, resource } from "./documents.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";

const head = "a".repeat(40);
const merged = "b".repeat(40);

describe("the reviewed preview of a merged commit", () => {
  let server: FakeGitHub;
  beforeEach(async () => {
    server = await fakeGitHub();
    server.answers.set(`commits/${merged}/pulls`, [
      { number: 6, merged_at: null, merge_commit_sha: null, head: { sha: "d".repeat(40) } },
      { number: 7, merged_at: "2026-11-21T16:00:00Z", merge_commit_sha: merged, head: { sha: head } },
    ]);
  });
  afterEach(async () => {
    await server.close();
  });

  const find = () => findReviewed(gitHubHere(server.env), "sbx", merged);
  const artifacts = (...found: { run: number; created_at?: string; expired?: boolean }[]): void => {
    const name = artifactOf("sbx", head);
    server.answers.set(`actions/artifacts?per_page=100&name=${name}`, {
      artifacts: found.map(({ run, created_at = "2026-11-21T15:00:00Z", expired = false }) => ({
        name,
        expired,
        created_at,
        workflow_run: { id: run },
      })),
    });
  };
  const run = (id: number, event = "pull_request_target", path = ".github/workflows/preview.yml"): void => {
    server.answers.set(`actions/runs/${id}`, { event, path });
  };

  it("is the newest run on the pull request's newest commit", async () => {
    artifacts({ run: 1 }, { run: 2, created_at: "2026-11-21T15:30:00Z" });
    run(1);
    run(2);
    expect(await find()).to.deep.equal({ pull: 7, head, run: 2, artifact: `preview-sbx-${head}` });
  });

  it("is never an artifact of the same name from a workflow on somebody's branch", async () => {
    artifacts({ run: 1 }, { run: 2 }, { run: 3 });
    run(1, "pull_request");
    run(2, "workflow_dispatch");
    run(3, "pull_request_target", ".github/workflows/another.yml");
    expect(await find()).to.equal(undefined);
  });

  it("does not exist if it expired, nothing was previewed, or no pull request was merged", async () => {
    artifacts({ run: 1, expired: true });
    run(1);
    expect(await find()).to.equal(undefined);
    artifacts();
    expect(await find()).to.equal(undefined);
    server.answers.set(`commits/${merged}/pulls`, []);
    expect(await find()).to.equal(undefined);
  });
});

describe("the unreviewed changes of an up", () => {
  it("are none if it does the same or less", () => {
    expect(unreviewedChanges(preview(), preview())).to.deep.equal([]);
    expect(unreviewedChanges(preview({ resources: [], clusters: [] }), preview())).to.deep.equal([]);
    expect(
      unreviewedChanges(
        preview({
          clusters: [
            plan({ digest: "1111111111111111", rolls: [{ group: "nodes", controlPlane: false, nodes: 5, now: 2 }] }),
          ],
        }),
        preview(),
      ),
    ).to.deep.equal([]);
  });

  it("are further resources, other operations on a resource, and further clusters", () => {
    expect(
      unreviewedChanges(
        preview({ resources: [resource(), clusterChange(), resource({ name: "sbx-new" })] }),
        preview(),
      ),
    ).to.deep.equal(["create aws:ec2/vpcEndpoint:VpcEndpoint sbx-new"]);
    expect(unreviewedChanges(preview({ resources: [resource({ op: "replace" })] }), preview())).to.deep.equal([
      "replace aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb",
    ]);
    expect(unreviewedChanges(preview({ resources: [clusterChange("k2")] }), preview())).to.deep.equal([
      "update of the cluster k2",
    ]);
  });

  it("are other values of the same properties, and properties that were not to change", () => {
    const reviewed = resource({ op: "update", digests: { "tags.team": "a", vpcId: "unknown" } });
    const now = (digests: Record<string, string>) =>
      unreviewedChanges(
        preview({ resources: [resource({ op: "update", digests })] }),
        preview({ resources: [reviewed], clusters: [plan()] }),
      );
    expect(now({ "tags.team": "a", vpcId: "b" })).to.deep.equal([]);
    expect(now({ "tags.team": "a" })).to.deep.equal([]);
    expect(now({ "tags.team": "b" })).to.deep.equal([
      "update aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb, otherwise than reviewed: tags.team",
    ]);
    expect(now({ "tags.team": "a", policy: "c" })).to.deep.equal([
      "update aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb, otherwise than reviewed: policy",
    ]);
  });

  it("are all changes that a preview of an older version reviewed without digests", () => {
    const older = { ...resource({ op: "update" }), digests: undefined };
    const reviewed = previewDocument.parse({ ...preview(), resources: [older] });
    const now = preview({ resources: [resource({ op: "update", digests: { "tags.team": "a" } })] });
    expect(unreviewedChanges(now, reviewed)).to.have.lengthOf(1);
  });

  it("are what kOps creates and modifies, by field, and other images", () => {
    const more = plan({
      create: [{ kind: "SecurityGroupRule", name: "from-x", fields: [] }],
      modify: [
        { kind: "LaunchTemplate", name: "nodes.k1.sbx.pilot.internal", fields: ["InstanceType", "ImageID"] },
        { kind: "IAMRolePolicy", name: "nodes", fields: ["PolicyDocument"] },
      ],
      images: { nodes: "ami-2" },
    });
    expect(unreviewedChanges(preview({ clusters: [more] }), preview())).to.deep.equal([
      "k1.sbx.pilot.internal: creates SecurityGroupRule/from-x",
      "k1.sbx.pilot.internal: changes LaunchTemplate/nodes.k1.sbx.pilot.internal (ImageID)",
      "k1.sbx.pilot.internal: changes IAMRolePolicy/nodes (PolicyDocument)",
      "k1.sbx.pilot.internal: gives instance group nodes the image ami-2",
    ]);
  });

  it("are none in an update that continues a reviewed create, unless it changes something", () => {
    const created = { ...clusterChange(), op: "create", digests: { name: "1", kopsVersion: "2" } };
    const now = (digests: Record<string, string>) =>
      unreviewedChanges(
        preview({ resources: [{ ...created, op: "update", digests }], clusters: [] }),
        preview({ resources: [created], clusters: [] }),
      );
    expect(now({})).to.deep.equal([]);
    expect(now({ kopsVersion: "3" })).to.have.lengthOf(1);
  });

  it("are none in the first plan of a new cluster whose environment was to be made first", () => {
    const name = digestOf([null, "k1.sbx.pilot.internal"]);
    const created = { ...clusterChange(), op: "create", digests: { name } };
    const first = plan({ new: true, modify: [], rolls: [], create: [{ kind: "VPC", name: "k1", fields: [] }] });
    const now = preview({ resources: [created], clusters: [first] });
    expect(unreviewedChanges(now, preview({ resources: [created], clusters: [] }))).to.deep.equal([]);
    const of = (changes: object) => preview({ resources: [{ ...created, ...changes }], clusters: [] });
    expect(unreviewedChanges(now, of({ digests: { name: "of k2" } })).join()).to.contain("creates VPC/k1");
    expect(unreviewedChanges(now, of({ op: "update" })).join()).to.contain("creates VPC/k1");
  });

  it("are further groups that roll, and what kOps deletes", () => {
    const more = plan({
      rolls: [...plan().rolls, { group: "control-plane-a", controlPlane: true, nodes: 1 }],
      remove: [{ kind: "SecurityGroupRule", name: "from-x", fields: [] }],
      leaves: ["gpu"],
    });
    expect(unreviewedChanges(preview({ clusters: [more] }), preview())).to.deep.equal([
      "k1.sbx.pilot.internal: rolls control-plane-a",
      "k1.sbx.pilot.internal: deletes instance group gpu",
      "k1.sbx.pilot.internal: deletes SecurityGroupRule/from-x",
    ]);
  });
});

describe("what waited before a pull request", () => {
  const own = { "tags.a": "1" };
  const others = { "tags.b": "2" };
  const waiting = (resources: ResourceChange[], clusters: PlanDocument[] = []) => ({
    problems: [],
    resources,
    clusters,
  });
  const update = (digests: Record<string, string>) => resource({ op: "update", digests });
  const found = (now: ResourceChange, before: ResourceChange[]) =>
    waitingChanges(preview({ resources: [now], clusters: [] }), waiting(before));

  it("is another's change of the same resource, but not the pull request's own", () => {
    expect(found(update({ ...own, ...others }), [update(others)])).to.deep.equal([
      "update aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb: tags.b",
    ]);
    // Applied since then.
    expect(found(update(own), [update(others)])).to.deep.equal([]);
    // The pull request gives the property another value.
    expect(found(update({ "tags.b": "3" }), [update(others)])).to.deep.equal([]);
    expect(found(update(own), [])).to.deep.equal([]);
  });

  it("is another's new or deleted resource, also where the pull request changes it further", () => {
    const gone = resource({ op: "delete", digests: { "(object).id": "1" } });
    expect(found(gone, [gone])).to.deep.equal(["delete aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb"]);
    expect(found(resource({ digests: { ...own, ...others } }), [resource({ digests: others })])).to.deep.equal([
      "create aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb",
    ]);
    expect(found(gone, [update(others)])).to.deep.equal([]);
  });

  it("is the work of kOps that was planned without the pull request", () => {
    const now = plan({ rolls: [...plan().rolls, { group: "gpu", controlPlane: false, nodes: 1 }] });
    const before = plan({ modify: [{ kind: "LaunchTemplate", name: "gpu", fields: ["ImageID"] }] });
    expect(waitingChanges(preview({ resources: [], clusters: [now] }), waiting([], [before]))).to.deep.equal([
      "k1.sbx.pilot.internal: rolls nodes",
    ]);
  });
});
