import { expect } from "chai";
import { driftMarker, renderDrift } from "../../pull-requests/comment/drift.ts";
import { postIssue } from "../../pull-requests/comment/issue.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { longestComment } from "../../pull-requests/comment/render.ts";
import { clusterChange, plan, preview, resource } from "./documents.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";

const none = { problems: [], resources: [], clusters: [] };
const idle = preview({ resources: [], clusters: [], waiting: none });

describe("the issue about drift", () => {
  it("does not exist when nothing drifted", () => {
    expect(renderDrift({ stacks: ["sbx"], previews: [idle] })).to.equal(undefined);
  });

  it("shows what a refresh adds: resources with their properties, and clusters with conditions and kOps's plan", () => {
    const drifted = resource({ op: "update", details: ["tags.team: b → a"], digests: { "tags.team": "1" } });
    const cluster = plan({ toBeFinished: ["SpecWritten is False: Edited"] });
    const found = preview({ resources: [drifted, clusterChange()], clusters: [cluster], waiting: none });
    expect(renderDrift({ stacks: ["sbx"], previews: [found], link: "https://example.com/run" }))
      .to.contain("### `sbx`: drift")
      .and.to.contain("update aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb\n  tags.team: b → a")
      .and.to.contain("SpecWritten is False: Edited")
      .and.to.contain("modify LaunchTemplate/nodes: InstanceType")
      .and.to.contain("https://example.com/run")
      .and.to.not.contain("not applied");
  });

  it("tells drift from what was merged and not applied", () => {
    const waits = resource({ op: "update", digests: { "tags.team": "1" } });
    const text = renderDrift({
      stacks: ["sbx"],
      previews: [
        preview({
          resources: [waits],
          clusters: [plan()],
          waiting: { ...none, resources: [waits], clusters: [plan()] },
        }),
      ],
    });
    expect(text).to.contain("### `sbx`: merged, but not applied").and.to.contain("rolls nodes");
    expect(text).to.not.contain(": drift");
    const waiting = { ...none, resources: [waits] };
    expect(
      renderDrift({
        stacks: ["sbx"],
        previews: [preview({ resources: [waits], clusters: [], waiting })],
        held: new Map([["sbx", 7]]),
      }),
    ).to.contain("#7 was applied before its merge");
    // The same resource drifted in another property.
    const both = resource({ op: "update", digests: { "tags.team": "1", cidr: "2" } });
    expect(
      renderDrift({
        stacks: ["sbx"],
        previews: [preview({ resources: [both], clusters: [], waiting: { ...none, resources: [waits] } })],
      }),
    ).to.contain("### `sbx`: drift");
  });

  it("says which stack could not be checked, and stays short enough", () => {
    const failed = preview({ stack: "prod", status: "failed", problems: ["no role"], resources: [], clusters: [] });
    expect(renderDrift({ stacks: ["prod", "sbx"], previews: [failed] }))
      .to.contain("### `prod`: the check failed")
      .and.to.contain("no role")
      .and.to.contain("### `sbx`: not checked");
    const many = preview({
      waiting: none,
      resources: Array.from({ length: 3000 }, () => resource({ name: "x".repeat(40) })),
    });
    const text = renderDrift({ stacks: ["sbx"], previews: [many] }) ?? "";
    expect(text).to.contain("### `sbx`: drift");
    expect(text.length).to.be.at.most(longestComment);
  });

  describe("on GitHub", () => {
    let server: FakeGitHub;
    beforeEach(async () => {
      server = await fakeGitHub();
    });
    afterEach(async () => {
      await server.close();
    });
    const post = (body: string | undefined) => postIssue(gitHubHere(server.env), body);
    const body = `${driftMarker}\nfirst`;

    it("is one: opened once, then updated, closed when nothing drifts, and opened anew", async () => {
      expect(await post(undefined)).to.equal("not needed");
      expect(await post(body)).to.equal("opened");
      expect(await post(`${driftMarker}\nsecond`)).to.equal("updated");
      expect(server.issues.map(({ title, body: text, state }) => [title, text, state])).to.deep.equal([
        ["Drift", `${driftMarker}\nsecond`, "open"],
      ]);
      expect(await post(undefined)).to.equal("closed");
      expect(await post(body)).to.equal("opened");
      expect(server.issues.map(({ state }) => state)).to.deep.equal(["closed", "open"]);
    });

    it("is never the issue of another author, or a pull request", async () => {
      const foreign = { number: 1, title: "Drift", body, state: "open", user: { login: "somebody" } };
      server.issues.push(foreign, { ...foreign, number: 2, user: { login: "github-actions[bot]" }, pull_request: {} });
      expect(await post(body)).to.equal("opened");
      expect(server.issues).to.have.lengthOf(3);
    });
  });
});
