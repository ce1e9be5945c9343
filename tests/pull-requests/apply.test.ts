import { expect } from "chai";
import { gitHubHere } from "../../pull-requests/github.ts";
import { unreviewedChanges } from "../../pull-requests/apply/unreviewed-changes.ts";
import { artifactOf, findReviewed } from "../../pull-requests/apply/reviewed.ts";
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
