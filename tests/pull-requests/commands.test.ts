import { expect } from "chai";
import { refuseChanged } from "../../pull-requests/command/allow.ts";
import { conclude } from "../../pull-requests/command/carry-out.ts";
import { parseCommand } from "../../pull-requests/command/parse.ts";
import { lockLabel, refuseLocked, takeLocks } from "../../pull-requests/locks.ts";
import { rejection } from "../local/rejection.ts";
import { commandStage } from "./command-stage.ts";
import type { CommandStage } from "./command-stage.ts";
import type { FakePull } from "./fake-pulls.ts";

describe("the text of a comment", () => {
  const cases: [string, object | undefined][] = [
    ["/pilot up", { verb: "up" }],
    ["  /pilot  up  prod.eu \r\n", { verb: "up", stack: "prod.eu" }],
    ["/pilot preview", { verb: "preview" }],
    ["/pilot unlock", { verb: "unlock" }],
    ["> /pilot up", undefined],
    ["please /pilot up", undefined],
    ["`/pilot up`", undefined],
    ["/pilotage", undefined],
    ["/Pilot up", undefined],
    ["looks good", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases)
    it(`${JSON.stringify(text)} is ${expected ? JSON.stringify(expected) : "no command, and gets no answer"}`, () => {
      expect(parseCommand(text)).to.deep.equal(expected);
    });
  for (const text of ["/pilot", "/pilot destroy", "/pilot up sbx prod", "/pilot up $(id)", "/pilot unlock sbx"])
    it(`${JSON.stringify(text)} is refused, with what can be said`, () => {
      expect(parseCommand(text)).to.have.property("next").that.contains("`/pilot up STACK`");
    });
  it("is refused with other text beside the command", () => {
    expect(parseCommand("/pilot up\nwhen you have time")).to.have.property("why").that.contains("stands alone");
  });
});

describe("a command in a comment", function () {
  this.timeout(30_000);
  let stage: CommandStage;
  const change = { "clusters/sbx/k1.yaml": "name: k1\nkubernetesVersion: 1.34.4\n" };

  beforeEach(async () => {
    stage = await commandStage();
  });
  afterEach(async () => {
    await stage.close();
  });
  /** Expects a refusal that left no trace, and returns its answer. */
  const refused = async (text: string, author?: string, pull = 7): Promise<string> => {
    const before = stage.server.pulls.map(({ labels }) => [...labels]);
    const commanded = stage.say(pull, text, author);
    const { stacks, answer } = await stage.run(commanded);
    expect(stacks, answer).to.deep.equal([]);
    expect(answer).to.contain("Next: ");
    expect(stage.server.reactions.at(-1)).to.equal(`${commanded.comment} -1`);
    expect(stage.server.pulls.map(({ labels }) => labels)).to.deep.equal(before);
    expect(stage.server.reruns).to.deep.equal([]);
    return answer;
  };

  it("updates what the pull request changes, at the approved commit, and takes its lock", async () => {
    const pull = stage.open(7, { ...change, "clusters/prod/p1.yaml": "name: p1\ntags: {}\n" });
    const commanded = stage.say(7, "/pilot up");
    const { answer, ...accepted } = await stage.run(commanded);
    expect(accepted).to.deep.equal({ stacks: ["prod", "sbx"], head: pull.head, taken: ["prod", "sbx"] });
    expect(pull.labels).to.deep.equal([lockLabel("prod"), lockLabel("sbx")]);
    expect(answer).to.contain("are updated, held to the reviewed preview").and.to.contain("https://example.com/run");
    expect(stage.server.reactions).to.deep.equal([`${commanded.comment} eyes`]);
    const one = await stage.run(stage.say(7, "/pilot up sbx", "boss"));
    expect(one).to.deep.include({ stacks: ["sbx"], taken: [] });
  });

  it("is one comment that is updated: accepted, then what became of each stack", async () => {
    const pull = stage.open(7, { ...change, "clusters/prod/p1.yaml": "name: p1\ntags: {}\n" });
    const commanded = stage.say(7, "/pilot up");
    const accepted = await stage.run(commanded);
    const end = (status: "done" | "refused", stack: string, why?: string) =>
      ({ version: 1, stack, status, ...(why !== undefined && { why }) }) as const;
    const asked = { github: stage.place.github, pull: 7, comment: commanded.comment };
    await conclude(asked, accepted, [end("done", "sbx"), end("refused", "prod", "more than was ``` reviewed")]);
    const own = stage.server.comments.filter(({ user }) => user.login === "github-actions[bot]");
    expect(own).to.have.lengthOf(1);
    expect(own[0]?.body)
      .to.contain("`sbx` is up to date")
      .and.to.contain("`prod` is not updated, and nothing was changed. It is not held any more.")
      .and.to.contain("````text\nmore than was ``` reviewed");
    expect(stage.server.reactions.at(-1)).to.equal(`${commanded.comment} -1`);
    // What was applied stays held until the merge.
    expect(pull.labels).to.deep.equal([lockLabel("sbx")]);
  });

  it("that failed in the middle, or has no result, keeps its lock, also one that another command took", async () => {
    const pull = stage.open(7, change);
    const first = await stage.run(stage.say(7, "/pilot up"));
    const asked = { github: stage.place.github, pull: 7, comment: 500 };
    for (const results of [[], [{ version: 1, stack: "sbx", status: "failed" } as const]]) {
      await conclude(asked, first, results);
      expect(pull.labels).to.deep.equal([lockLabel("sbx")]);
    }
    const second = await stage.run(stage.say(7, "/pilot up"));
    await conclude(asked, second, [{ version: 1, stack: "sbx", status: "refused", why: "it would do more" }]);
    expect(pull.labels).to.deep.equal([lockLabel("sbx")]);
  });

  it("is nothing to others: no answer, no question to GitHub", async () => {
    stage.open(7, change);
    const { answer, stacks } = await stage.run(stage.say(7, "> /pilot up\n\nshall I?"));
    expect([answer, stacks]).to.deep.equal(["none", []]);
    expect(stage.server.asked).to.deep.equal([]);
  });

  for (const author of ["stranger", "writer", "helper[bot]"])
    it(`is refused to ${author}, whatever the comment says of its author`, async () => {
      stage.open(7, change);
      for (const text of ["/pilot up", "/pilot preview", "/pilot unlock", "/pilot nonsense"])
        expect(await refused(text, author)).to.contain("does not have the role `maintain`");
    });

  it("asks for no more than the role that the repository names", async () => {
    stage.open(7, change);
    const commanded = stage.say(7, "/pilot up", "writer");
    expect((await stage.run({ ...commanded, least: "write" })).stacks).to.deep.equal(["sbx"]);
    expect((await stage.run({ ...stage.say(7, "/pilot up"), least: "admin" })).stacks).to.deep.equal([]);
  });

  it("is refused when the comment was edited or deleted since", async () => {
    stage.open(7, change);
    const edited = stage.say(7, "/pilot up prod");
    const deleted = stage.say(7, "/pilot up");
    for (const comment of stage.server.comments) if (comment.id === edited.comment) comment.body = "/pilot up sbx";
    stage.server.comments.splice(1, 1);
    for (const commanded of [edited, deleted]) {
      const { stacks, answer } = await stage.run(commanded);
      expect(stacks).to.deep.equal([]);
      expect(answer).to.contain("was edited");
    }
  });

  const cases: [string, Partial<FakePull>, RegExp][] = [
    ["from a fork", { fork: true }, /comes from a fork/],
    ["that is closed", { state: "CLOSED" }, /is closed/],
    ["that is merged", { state: "MERGED" }, /is merged/],
    ["that is a draft", { draft: true }, /is a draft/],
    ["to another branch", { base: "release" }, /does not target the default branch/],
    ["without an approval", { decision: "REVIEW_REQUIRED", reviews: [] }, /is not approved/],
    ["with requested changes", { decision: "CHANGES_REQUESTED" }, /requests changes/],
    ["that nobody must approve", { decision: null }, /requires no review/],
    ["that GitHub would not merge", { merge: "BLOCKED" }, /would not merge it \(blocked\)/],
    ["with conflicts", { merge: "DIRTY" }, /would not merge it \(dirty\)/],
    ["that GitHub still looks at", { merge: "UNKNOWN" }, /does not know yet/],
  ];
  for (const [which, changes, why] of cases)
    it(`is refused on a pull request ${which}`, async () => {
      stage.open(7, change, changes);
      expect(await refused("/pilot up")).to.match(why);
    });

  it("is refused when the approval is of an older commit, or came after the command", async () => {
    const pull = stage.open(7, change);
    const [review] = pull.reviews;
    if (!review) throw new Error("no review");
    pull.reviews = [review, { ...review, author: "owner", commit: "0".repeat(40) }];
    expect(await refused("/pilot up")).to.contain("an approval is of an older commit (by owner)");
    // So was the commit: a push between command and run cannot bring another one in.
    pull.reviews = [{ ...review, at: "2026-11-21T16:00:01Z" }];
    expect(await refused("/pilot up")).to.contain("approved only after the command");
  });

  it("is refused when the base went on, until the branch is updated", async () => {
    const pull = stage.open(7, change);
    stage.merge({ "docs/a.md": "newer" });
    for (const text of ["/pilot up", "/pilot preview"])
      expect(await refused(text))
        .to.contain("the base branch has commits")
        .and.to.contain("update the branch");
    pull.head = stage.push(7, change);
    stage.previewed(pull.head, ["sbx"]);
    pull.reviews = pull.reviews.map((one) => ({ ...one, commit: pull.head }));
    expect((await stage.run(stage.say(7, "/pilot up"))).stacks).to.deep.equal(["sbx"]);
  });

  it("is refused when the head moves while it looks", async () => {
    stage.open(7, change);
    stage.push(7, { "clusters/sbx/k1.yaml": "name: k1\ntags: {}\n" });
    expect(await refused("/pilot up")).to.contain("is no longer at");
  });

  it("is refused for a stack that the pull request does not change", async () => {
    stage.open(7, change);
    expect(await refused("/pilot up prod"))
      .to.contain("does not change the stack prod")
      .and.to.contain("one of sbx");
    stage.open(8, { "docs/a.md": "text" });
    expect(await refused("/pilot up", undefined, 8)).to.contain("changes no stack");
  });

  for (const path of ["index.ts", "pull-requests/locks.ts", ".github/workflows/up.yml", "package.json"])
    it(`is refused with ${path} among the changes: the program runs with credentials only after its merge`, async () => {
      stage.open(7, { ...change, [path]: "// changed\n" });
      for (const text of ["/pilot up", "/pilot up sbx", "/pilot preview"])
        expect(await refused(text))
          .to.contain(`${path} is a part of the program`)
          .and.to.contain("merge it");
    });

  it("is refused without a preview of the newest commit, or with one that is newer than the command", async () => {
    const pull = stage.open(7, change);
    stage.server.answers.set(`actions/artifacts?per_page=100&name=preview-sbx-${pull.head}`, { artifacts: [] });
    expect(await refused("/pilot up"))
      .to.contain("no preview of sbx")
      .and.to.contain("`/pilot preview`");
    stage.previewed(pull.head, ["sbx"], { at: "2026-11-21T16:00:01Z" });
    expect(await refused("/pilot up"))
      .to.contain("newer than the command")
      .and.to.contain("read it");
  });

  it("previews again by the same run, unless that runs or never ran", async () => {
    const pull = stage.open(7, change);
    stage.previewed(pull.head, ["sbx"], { id: 7, status: "in_progress" });
    expect(await refused("/pilot preview")).to.contain("runs already");
    stage.server.answers.set(`actions/artifacts?per_page=100&name=classification-${pull.head}`, { artifacts: [] });
    expect(await refused("/pilot preview")).to.contain("never ran");
    stage.previewed(pull.head, ["sbx"], { id: 9, at: "2026-11-21T15:30:00Z" });
    const { answer, stacks } = await stage.run(stage.say(7, "/pilot preview"));
    expect([answer.includes("`sbx` is previewed again"), stacks]).to.deep.equal([true, []]);
    expect(stage.server.reruns).to.deep.equal([9]);
  });

  it("is refused while another pull request holds the stack, until that is merged, closed or unlocked", async () => {
    const first = stage.open(7, change);
    const second = stage.open(8, { "clusters/sbx/k1.yaml": "name: k1\ntags: {}\n" });
    await stage.run(stage.say(7, "/pilot up"));
    expect(await refused("/pilot up", undefined, 8))
      .to.contain("pull request 7 holds sbx")
      .and.to.contain("`/pilot unlock`");
    expect((await stage.run(stage.say(7, "/pilot unlock"))).answer).to.contain(`\`${lockLabel("sbx")}\``);
    expect(first.labels).to.deep.equal([]);
    expect((await stage.run(stage.say(8, "/pilot up"))).taken).to.deep.equal(["sbx"]);
    second.state = "MERGED";
    expect((await stage.run(stage.say(7, "/pilot up"))).taken).to.deep.equal(["sbx"]);
  });

  it("of two at once takes the lock once at most", async () => {
    stage.open(7, change);
    stage.open(8, { "clusters/sbx/k1.yaml": "name: k1\ntags: {}\n" });
    const tries = await Promise.allSettled([7, 8].map((pull) => takeLocks(stage.place.github, ["sbx"], pull)));
    expect(tries.filter(({ status }) => status === "fulfilled").length).to.be.at.most(1);
    const holders = stage.server.pulls.filter(({ labels }) => labels.length > 0);
    expect(holders).to.have.lengthOf(tries.filter(({ status }) => status === "fulfilled").length);
  });

  it("that waited is asked for again: a moved head, a dismissed approval and a released lock stop it", async () => {
    const pull = stage.open(7, change);
    const commanded = stage.say(7, "/pilot up");
    const { head } = await stage.run(commanded);
    const again = () => refuseChanged(stage.place, commanded, "sbx", head);
    await again();
    pull.decision = "REVIEW_REQUIRED";
    expect((await rejection(again())).message).to.contain("is not approved");
    pull.decision = "APPROVED";
    pull.labels = [];
    expect((await rejection(again())).message).to.contain("its lock was released");
    pull.labels = [lockLabel("sbx")];
    pull.head = stage.push(7, { "clusters/sbx/k1.yaml": "name: k1\ntags: {}\n" });
    pull.reviews = pull.reviews.map((one) => ({ ...one, commit: pull.head }));
    stage.previewed(pull.head, ["sbx"]);
    expect((await rejection(again())).message).to.contain("the command was about");
  });

  it("holds every other `up` of its stack, and none once it is merged", async () => {
    const pull = stage.open(7, change);
    await stage.run(stage.say(7, "/pilot up"));
    const { github } = stage.place;
    expect((await rejection(refuseLocked(github, ["sbx"]))).message).to.contain("pull request 7 holds sbx");
    await refuseLocked(github, ["prod"]);
    pull.state = "MERGED";
    await refuseLocked(github, ["sbx"]);
  });

  it("locks stacks of any name: GitHub's labels are short", async () => {
    const names = ["a".repeat(100), `${"a".repeat(99)}b`];
    stage.open(7, change);
    expect(await takeLocks(stage.place.github, names, 7)).to.deep.equal(names);
    expect(new Set(names.map(lockLabel)).size).to.equal(2);
  });
});
