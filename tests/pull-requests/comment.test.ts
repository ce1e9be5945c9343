import { expect } from "chai";
import { z } from "zod";
import { fit } from "../../pull-requests/comment/fit.ts";
import { code, codeBlock, folded } from "../../pull-requests/comment/markdown.ts";
import { postComment } from "../../pull-requests/comment/post.ts";
import { longestComment, marker, renderComment } from "../../pull-requests/comment/render.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";
import { rejection } from "../local/rejection.ts";
import { clusterChange, plan, preview, resource } from "./documents.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";

const head = "c".repeat(40);

/** GitHub's own limit. */
const limit = 65_536;

describe("the comment of a pull request", () => {
  it("shows the roll table, the changes of the network, and kOps's plan with its digest", () => {
    const text = renderComment({ commit: head, previews: [preview()] });
    expect(text.startsWith(marker)).to.equal(true);
    expect(text).to.contain("| `k1.sbx.pilot.internal` | 1 | `nodes` | nodes | 3 | about 9m30s |");
    expect(text).to.contain("| create | `aws:ec2/vpcEndpoint:VpcEndpoint` | `sbx-dynamodb` |");
    expect(text).to.contain("kOps's plan for k1.sbx.pilot.internal").and.to.contain("digest 0123456789abcdef");
    expect(text).to.contain("1 cluster to change, 3 nodes roll, 1 other resource to change");
    expect(text).to.contain(head);
  });

  it("says which open pull request holds a stack, because the preview may undo what it applied", () => {
    expect(renderComment({ previews: [preview()], held: new Map([["sbx", 7]]) }))
      .to.contain("`sbx` is held by #7")
      .and.to.contain("`/pilot unlock`");
    expect(renderComment({ previews: [preview()] })).to.not.contain("held by");
  });

  it("names deletions first, and what is irreversible", () => {
    const text = renderComment({
      previews: [
        preview({
          resources: [
            resource(),
            resource({ op: "delete", name: "sbx-old" }),
            resource({ op: "replace", name: "sbx-vpc", details: ["cidrBlock: 10.20.0.0/16 → 10.0.0.0/16"] }),
          ],
          clusters: [plan({ oneWay: ["Kubernetes 1.35"], leaves: ["gpu"] })],
        }),
      ],
    });
    const order = ["sbx-old", "sbx-vpc", "sbx-dynamodb"].map((name) => text.indexOf(name));
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(text)
      .to.contain("**delete**")
      .and.to.contain("`cidrBlock: 10.20.0.0/16 → 10.0.0.0/16`")
      .and.to.contain("**Irreversible** in `k1.sbx.pilot.internal`: `Kubernetes 1.35`")
      .and.to.contain("**Drained and deleted** in `k1.sbx.pilot.internal`: `instance group gpu`");
    expect(text).to.contain("### `sbx`: irreversible, 1 cluster to change");
    expect(text.indexOf("Irreversible")).to.be.below(text.indexOf("Groups that will roll"));
    expect(text).to.contain("2 of them deleted or replaced");
  });

  it("names clusters that are deleted, first, and those that have no plan yet", () => {
    const cluster = (op: string, name: string) => ({ ...clusterChange(name), op });
    const text = renderComment({
      previews: [preview({ resources: [cluster("delete", "k2"), cluster("update", "k3"), clusterChange()] })],
    });
    expect(text)
      .to.contain("### `sbx`: 1 cluster deleted, 2 clusters to change, 3 nodes roll")
      .and.to.contain("- **The cluster is deleted:** `k2`")
      .and.to.contain("- **No plan** of the cluster `k3` (`update`)")
      .and.to.not.contain("of the cluster `k1`");
    expect(text.indexOf("deleted:**")).to.be.below(text.indexOf("Groups that will roll"));
  });

  it("shows what waits from earlier merges, or that nobody knows", () => {
    const waiting = { problems: [], resources: [resource()], clusters: [] };
    expect(renderComment({ previews: [preview({ waiting })] }))
      .to.contain("**Waits from earlier merges**")
      .and.to.contain("create aws:ec2/vpcEndpoint:VpcEndpoint sbx-dynamodb")
      .and.to.contain("Update `sbx` first");
    expect(renderComment({ previews: [preview({ waiting: { ...waiting, resources: [] } })] })).to.not.contain("Waits");
    const unknown = { ...waiting, problems: ["no zone"] };
    expect(renderComment({ previews: [preview({ waiting: unknown })] }))
      .to.contain("is not known")
      .and.contain("no zone");
  });

  it("says that a stack is previewed on the environment of today", () => {
    const classification = {
      version: 1 as const,
      stacks: ["prod", "prod-clusters"],
      credentials: "given" as const,
      reasons: [],
      follows: { "prod-clusters": "prod" },
    };
    expect(renderComment({ classification, previews: [preview()] })).to.contain(
      "`prod-clusters` is previewed on the environment that `prod` has now",
    );
  });

  it("says when nothing changes, when a preview failed, and when a stack was not previewed", () => {
    const idle = preview({ stack: "prod", resources: [], clusters: [] });
    const failed = preview({
      status: "failed",
      problems: ["clusters/sbx/k1.yaml:16: unknown key"],
      resources: [],
      clusters: [],
    });
    const classification = {
      version: 1 as const,
      stacks: ["dev", "prod", "sbx"],
      credentials: "after-approval" as const,
      reasons: ["the pull request comes from a fork"],
    };
    const text = renderComment({ classification, previews: [failed, idle] });
    expect(text)
      .to.contain("### `prod`: no change")
      .and.to.contain("### `sbx`: the preview failed")
      .and.to.contain("unknown key");
    expect(text).to.contain("Not previewed: `dev`").and.to.contain("the pull request comes from a fork");
    expect(renderComment({ previews: [] })).to.contain("No stack changes");
  });

  it("shows the other clusters when the preview of one failed", () => {
    const text = renderComment({ previews: [preview({ status: "failed", problems: ["clusters/sbx/k2.yaml:3: no"] })] });
    expect(text).to.contain("### `sbx`: the preview failed").and.to.contain("k2.yaml:3: no");
    expect(text)
      .to.contain("What the preview found before it failed")
      .and.to.contain("| `k1.sbx.pilot.internal` | 1 | `nodes` |");
  });

  it("shows names from a pull request as text, so that no mention, link, table or marker takes effect", () => {
    const hostile = "`@team` | <img src=x> <!-- pilot:preview --> \n```\n# heading";
    const text = renderComment({
      previews: [
        preview({
          resources: [resource({ name: hostile, details: [hostile] })],
          clusters: [plan({ cluster: hostile, changes: [], notChecked: [hostile] })],
        }),
      ],
    });
    for (const line of text.split("\n").filter((one) => one.startsWith("| "))) {
      expect(line.replace(/(`+).*?[^`]\1(?!`)/g, "").replace(/\\\|/g, ""), line).to.not.match(/@team|<img|<!--/);
    }
    expect(text.match(/<summary>.*<\/summary>/)?.[0]).to.not.match(/@|<img|<!--/);
    expect(code(hostile)).to.equal("```` `@team` \\| <img src=x> <!-- pilot:preview --> ``` # heading ````");
    expect(codeBlock("a\n````\nb")).to.equal("`````text\na\n````\nb\n`````");
    expect(folded("<b>@x", "body")).to.contain("&lt;b&gt;&#64;x");
  });

  it("stays below GitHub's limit, keeps what rolls, and says what it leaves out", () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      resource({ name: `sbx-${index}`, details: ["tags.a: b → c"] }),
    );
    const clusters = Array.from({ length: 40 }, (_, index) =>
      plan({ cluster: `k${index}.sbx.pilot.internal`, notChecked: ["x".repeat(4000)] }),
    );
    const text = renderComment({ previews: [preview({ resources: many, clusters })] });
    expect(text.length).to.be.at.most(longestComment).and.to.be.below(limit);
    for (const { cluster } of clusters) expect(text).to.contain(`| \`${cluster}\` | 1 |`);
    expect(text)
      .to.contain("40 resources left out: the comment is too long")
      .and.to.contain("kOps's plan is left out: the comment is too long. Its digest is");
    expect((text.match(/<details>/g) ?? []).length).to.equal((text.match(/<\/details>/g) ?? []).length);
  });

  it("is cut off with a notice when not even the headings fit", () => {
    const text = renderComment({
      previews: Array.from({ length: 2000 }, (_, index) => preview({ stack: `a-stack-with-a-long-name-${index}` })),
    });
    expect(text.length).to.be.at.most(longestComment);
    expect(text.endsWith("_Cut off: the comment is too long._")).to.equal(true);
    expect(fit([{ text: "long", notice: "x", priority: 0 }], 4)).to.equal("long");
  });

  it("contains no value of a secret variable, and nothing that looks like a credential", () => {
    const text = withoutSecrets("token ghs_abcdefgh, key AKIAABCDEFGHIJKLMNOP, short local", {
      GITHUB_TOKEN: "ghs_abcdefgh",
      AWS_SECRET_ACCESS_KEY: "local",
    });
    expect(text).to.equal("token [redacted], key [redacted], short local");
  });
});

describe("posting the comment", () => {
  let server: FakeGitHub;
  beforeEach(async () => {
    server = await fakeGitHub();
  });
  afterEach(async () => {
    await server.close();
  });
  const github = () => gitHubHere(server.env, () => Promise.resolve());

  it("creates it the first time, then updates it", async () => {
    expect(await postComment(github(), 7, renderComment({ previews: [] }))).to.equal("created");
    expect(await postComment(github(), 7, renderComment({ previews: [preview()] }))).to.equal("updated");
    expect(server.comments).to.have.lengthOf(1);
    expect(server.comments[0]?.body).to.contain("3 nodes roll");
  });

  it("creates none when there is nothing to say, but updates an existing one", async () => {
    expect(await postComment(github(), 7, renderComment({ previews: [] }), "nothing")).to.equal("not needed");
    expect(server.comments).to.deep.equal([]);
    await postComment(github(), 7, renderComment({ previews: [preview()] }));
    expect(await postComment(github(), 7, renderComment({ previews: [] }), "nothing")).to.equal("updated");
    expect(server.comments.map(({ body }) => body).join()).to.contain("No stack changes");
  });

  it("finds its own after a hundred others, and leaves other authors' comments alone, marker or not", async () => {
    for (let id = 1; id <= 150; id++)
      server.comments.push({ id, issue: 7, user: { login: "somebody" }, body: `${marker}\nnot mine` });
    expect(await postComment(github(), 7, renderComment({ previews: [] }))).to.equal("created");
    expect(await postComment(github(), 7, renderComment({ previews: [preview()] }))).to.equal("updated");
    expect(server.comments).to.have.lengthOf(151);
    expect(server.comments.filter(({ body }) => body.endsWith("not mine"))).to.have.lengthOf(150);
  });

  it("retries when the server fails, but sends a new comment only once", async () => {
    server.failures.push(502, 503);
    expect(await postComment(github(), 7, marker)).to.equal("created");
    server.failures.push(502);
    expect((await rejection(github().send("POST", "issues/8/nothing", {}, z.unknown()))).message).to.contain(
      "GitHub refused POST issues/8/nothing",
    );
    expect(server.asked.filter(({ path }) => path.endsWith("issues/8/nothing"))).to.have.lengthOf(1);
  });

  it("names the permissions to check when it is forbidden, and never shows the token", async () => {
    server.failures.push(403);
    const { message } = await rejection(postComment(github(), 7, marker));
    expect(message)
      .to.contain("HTTP 403")
      .and.to.contain("permissions of the job's token")
      .and.to.not.contain(server.env.GITHUB_TOKEN);
  });

  it("fails without a repository or a token", () => {
    expect(() => gitHubHere({})).to.throw("GITHUB_TOKEN");
    expect(() => gitHubHere({ GITHUB_TOKEN: "x", GITHUB_REPOSITORY: "../x/y" })).to.throw("GITHUB_REPOSITORY");
  });
});
