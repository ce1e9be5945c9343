import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { unzip } from "../../../local/tools/zip.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";
import { zipOf } from "./zips.ts";

describe("a zip file", () => {
  const folder = temporaryFolders();

  async function zipped(content: Buffer): Promise<string> {
    const file = join(await folder(), "some.zip");
    await writeFile(file, content);
    return file;
  }

  it("is unpacked with its folders, deflated or stored, before a comment too", async () => {
    const zip = zipOf([
      { name: "a/", content: "", stored: true },
      { name: "a/deflated.txt", content: "again and again ".repeat(100) },
      { name: "a/b/stored.txt", content: "once", stored: true },
      { name: "empty", content: "" },
    ]);
    const to = await folder();
    await unzip(await zipped(Buffer.concat([zip, Buffer.from("a comment")])), to);
    expect(await readFile(join(to, "a", "deflated.txt"), "utf8")).to.equal("again and again ".repeat(100));
    expect(await readFile(join(to, "a", "b", "stored.txt"), "utf8")).to.equal("once");
    expect(await readFile(join(to, "empty"), "utf8")).to.equal("");
  });

  it("is unpacked to the places that the caller names, and only there", async () => {
    const zip = await zipped(zipOf(["keep/a", "leave/b"].map((name) => ({ name, content: name }))));
    const to = await folder();
    await unzip(zip, to, (name) => (name.startsWith("keep/") ? name.slice("keep/".length) : undefined));
    expect(await readFile(join(to, "a"), "utf8")).to.equal("keep/a");
    expect(existsSync(join(to, "leave"))).to.equal(false);
  });

  it("never writes outside of its folder", async () => {
    const outer = await folder();
    const zip = await zipped(zipOf([{ name: "../evil", content: "evil" }]));
    expect((await rejection(unzip(zip, join(outer, "inner")))).message).to.equal("../evil is outside of the zip file");
    expect(existsSync(join(outer, "evil"))).to.equal(false);
  });

  it("is refused if it is none, or cut off", async () => {
    const to = await folder();
    expect((await rejection(unzip(await zipped(Buffer.from("text")), to))).message).to.equal("it is not a zip file");
    const whole = zipOf([{ name: "a", content: "a".repeat(1000), stored: true }]);
    expect((await rejection(unzip(await zipped(whole.subarray(500)), to))).message).to.match(/cut off|not where/);
  });
});
