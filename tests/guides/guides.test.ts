import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { markedPages, namesIn, withBlocks } from "./pages.ts";
import { parseRecording, recordingText, settled } from "./recording.ts";

describe("recorded output in the documentation", () => {
  const pages = markedPages();

  for (const [page, text] of Object.entries(pages)) {
    it(`${page} shows what was recorded (update it with npm run guides -- --pages)`, () => {
      expect(withBlocks(text)).to.equal(text);
    });
  }

  it("leaves no recording unused", () => {
    const folder = join(import.meta.dirname, "recorded");
    const kept = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".txt"))
      .map((file) => file.slice(0, -".txt".length));
    const shown = new Set(Object.values(pages).flatMap(namesIn));
    expect(kept.filter((name) => !shown.has(name))).to.deep.equal([]);
  });
});

describe("a page with marks", () => {
  const blocks = (name: string): string => `\`\`\`sh\nrun ${name}\n\`\`\`\n\n\`\`\`text\nnew\n\`\`\``;

  it("gets the blocks of each mark, in place of earlier ones, and keeps all else", () => {
    const mark = "<!-- recorded: story/one -->";
    const after = `Before.\n\n${mark}\n\n${blocks("story/one")}\n\nAfter.\n\n\`\`\`text\nnot recorded\n\`\`\`\n`;
    for (const earlier of ["", "```text\nold\n```\n\n", "```sh\nold\n```\n\n```text\nold\n```\n\n"])
      expect(
        withBlocks(`Before.\n\n${mark}\n\n${earlier}After.\n\n\`\`\`text\nnot recorded\n\`\`\`\n`, blocks),
      ).to.equal(after);
    expect(withBlocks(after, blocks)).to.equal(after);
    expect(namesIn(after)).to.deep.equal(["story/one"]);
  });

  it("fails for a recording that does not exist", () => {
    expect(() => withBlocks("<!-- recorded: story/absent -->\n\n")).to.throw("absent");
    expect(() => withBlocks("<!-- recorded: previews/absent -->\n\n")).to.throw("there is no preview absent");
    expect(() => withBlocks("<!-- recorded: status/absent -->\n\n")).to.throw("there is no golden text absent");
  });
});

describe("a recording", () => {
  it("is read as it was written", () => {
    const recording = { command: "npx pilot status k1", output: ["k1: ready", "", "  nodes 3"] };
    expect(parseRecording(recordingText(recording))).to.deep.equal(recording);
    expect(parseRecording(recordingText({ command: "true", output: [] }))).to.deep.equal({
      command: "true",
      output: [],
    });
  });

  const rows: [line: string, same: string][] = [
    ["nodes: 2 of 3 (1m04s)", "nodes: 2 of 3 (8s)"],
    ["about 9m30s, if each node takes 3m", "about 10s, if each node takes 4s"],
    ["i-0123456789abcdef0 in subnet-0a1b2c3d4e5f60718", "i-0fedcba9876543210 in subnet-0123456789abcdef0"],
    ["digest b4d28812e048d74a", "digest 0000000000000001"],
    ["2026-11-30 21:08 UTC", "2026-12-01 03:10 UTC"],
    ["lock of process 4711 at 127.0.0.1:40461", "lock of process 12 at 127.0.0.1:1"],
  ];
  for (const [line, same] of rows)
    it(`is the same run with ${same}`, () => {
      expect(settled(line)).to.equal(settled(same));
    });

  const others: [line: string, other: string][] = [
    ["nodes: 2 of 3", "nodes: 3 of 3"],
    ["InstanceType t3.large", "InstanceType t3.xlarge"],
    ["Kubernetes 1.34.3", "Kubernetes 1.33.7"],
    ["modifies 1 resource", "modifies 2 resources"],
  ];
  for (const [line, other] of others)
    it(`is another run with ${other}`, () => {
      expect(settled(line)).not.to.equal(settled(other));
    });
});
