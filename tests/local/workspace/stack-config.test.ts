import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { layoutOf, type Layout } from "../../../local/base/layout.ts";
import {
  localChanges,
  localProject,
  withLocalChanges,
  withoutSecrets,
  writeStackFiles,
} from "../../../local/workspace/stack-config.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

describe("the local cloud's own stack file", () => {
  const generated = {
    config: { "aws:region": "a", "pilot:network": { cidr: "10.0.0.0/16", zones: ["x", "y"], nat: "single" } },
  };

  for (const { name, current, next, expected } of [
    {
      name: "follows an edit of the tracked file",
      current: generated,
      next: { config: { "aws:region": "b" } },
      expected: { config: { "aws:region": "b" } },
    },
    {
      name: "keeps a locally set key",
      current: { encryptionsalt: "v1:x", config: { ...generated.config, "pilot:token": { secure: "v1:y" } } },
      next: { config: { "aws:region": "b" } },
      expected: { encryptionsalt: "v1:x", config: { "aws:region": "b", "pilot:token": { secure: "v1:y" } } },
    },
    {
      name: "keeps a locally set part of a value, and follows edits of the other parts",
      current: {
        config: { ...generated.config, "pilot:network": { ...generated.config["pilot:network"], nat: "none" } },
      },
      next: { config: { "pilot:network": { cidr: "10.9.0.0/16", nat: "per-zone" } } },
      expected: { config: { "pilot:network": { cidr: "10.9.0.0/16", nat: "none" } } },
    },
    {
      name: "treats a list as a whole",
      current: {
        config: { ...generated.config, "pilot:network": { ...generated.config["pilot:network"], zones: ["x"] } },
      },
      next: { config: { "pilot:network": { zones: ["x", "y", "z"] } } },
      expected: { config: { "pilot:network": { zones: ["x"] } } },
    },
    {
      name: "leaves out a locally removed key",
      current: { config: { "pilot:network": generated.config["pilot:network"] } },
      next: generated,
      expected: { config: { "pilot:network": generated.config["pilot:network"] } },
    },
    {
      name: "removes a part that was removed locally and from the tracked file",
      current: { config: { "aws:region": "a", "pilot:network": { cidr: "10.0.0.0/16" } } },
      next: { config: { "aws:region": "a" } },
      expected: { config: { "aws:region": "a" } },
    },
  ]) {
    it(name, () => {
      expect(withLocalChanges(next, localChanges(generated, current))).to.deep.equal(expected);
    });
  }

  it("ignores that Pulumi writes true as text when it saves the file", () => {
    const before = { config: { "pilot:sandbox": true, "pilot:count": 3, "pilot:name": "x" } };
    expect(
      localChanges(before, { config: { "pilot:sandbox": "true", "pilot:count": "3", "pilot:name": "x" } }),
    ).to.deep.equal([]);
    expect(
      localChanges(before, { config: { "pilot:sandbox": "false", "pilot:count": "3", "pilot:name": "x" } }),
    ).to.deep.equal([{ path: ["config", "pilot:sandbox"], value: "false" }]);
  });

  it("leaves out, and names, what only the real stack's keys can read", () => {
    const tracked = {
      secretsprovider: "awskms://x",
      encryptedkey: "k",
      config: { "pilot:a": "1", "pilot:b": { secure: "s" }, "pilot:c": { d: { secure: "t" }, e: 1 } },
    };
    expect(withoutSecrets(tracked)).to.deep.equal({
      file: { config: { "pilot:a": "1", "pilot:c": { e: 1 } } },
      secrets: [["pilot:b"], ["pilot:c", "d"]],
    });
  });

  it("has the program in the checkout", () => {
    expect(localProject({ name: "pilot" }, "/checkout")["main"]).to.equal("/checkout");
    expect(localProject({ name: "pilot", main: "program" }, "/checkout")["main"]).to.equal("/checkout/program");
  });

  describe("on disk", () => {
    const folder = temporaryFolders();
    let layout: Layout;
    const lines: string[] = [];

    beforeEach(async () => {
      const root = await folder();
      layout = layoutOf(root, {});
      lines.length = 0;
      await writeFile(join(root, "Pulumi.yaml"), "name: pilot\nruntime: nodejs\n");
      await tracked("config:\n  aws:region: a\n  pilot:dns: {type: none, name: x.y}\n");
    });

    const tracked = (text: string): Promise<void> => writeFile(join(layout.root, "Pulumi.sbx.yaml"), text);
    const local = join("stack", "Pulumi.sbx.yaml");
    const read = async (): Promise<{ config: Record<string, unknown> }> =>
      yaml.load(await readFile(join(layout.dir, local), "utf8")) as { config: Record<string, unknown> };
    const generate = (): Promise<void> => writeStackFiles(layout, (line) => lines.push(line));

    it("is the tracked file with the overlay, and leaves the tracked file unchanged", async () => {
      const before = await readFile(join(layout.root, "Pulumi.sbx.yaml"), "utf8");
      await generate();
      const { config } = await read();
      expect(config["aws:region"]).to.equal("a");
      expect(config["pilot:clusterOverrides"]).to.have.nested.property("rollingUpdate.nodeInterval", "1s");
      expect(config["pilot:clusterOverrides"]).to.have.nested.property("kops.cluster.channel", "none");
      expect(await readFile(join(layout.root, "Pulumi.sbx.yaml"), "utf8")).to.equal(before);
    });

    it("keeps what was set inside the local cloud over edits and runs", async () => {
      await generate();
      const current = await read();
      await writeFile(
        join(layout.dir, local),
        yaml.dump({
          ...current,
          encryptionsalt: "v1:salt",
          config: { ...current.config, "pilot:token": { secure: "v1:x" } },
        }),
      );
      await generate();
      await tracked("config:\n  aws:region: b\n");
      await generate();
      await generate();
      expect(await read()).to.deep.include({ encryptionsalt: "v1:salt" });
      const { config } = await read();
      expect(config["pilot:token"]).to.deep.equal({ secure: "v1:x" });
      expect(config["aws:region"]).to.equal("b");
      expect(config).not.to.have.property("pilot:dns");
    });

    it("follows the tracked file even after a run that was killed between its two writes", async () => {
      await generate();
      const record = join(layout.dir, "stack", "generated", "Pulumi.sbx.yaml");
      const old = await readFile(record, "utf8");
      await tracked("config:\n  aws:region: b\n");
      await generate();
      await writeFile(record, old);
      await generate();
      await tracked("config:\n  aws:region: c\n");
      await generate();
      expect((await read()).config["aws:region"]).to.equal("c");
    });

    it("says how to set a secret that it cannot read, until it is set", async () => {
      await tracked("secretsprovider: awskms://x\nconfig:\n  pilot:token: {secure: abc}\n");
      await generate();
      expect(lines.join()).to.include("npm run local -- pulumi config set --stack sbx --secret pilot:token");
      const current = await read();
      await writeFile(
        join(layout.dir, local),
        yaml.dump({ ...current, config: { ...current.config, "pilot:token": { secure: "v1:x" } } }),
      );
      lines.length = 0;
      await generate();
      expect(lines).to.deep.equal([]);
      expect((await read()).config["pilot:token"]).to.deep.equal({ secure: "v1:x" });
    });

    it("is refused with the file's name if the tracked one cannot be read", async () => {
      await tracked("config: [unclosed\n");
      const error = await rejection(generate());
      expect(error.message).to.match(/Pulumi\.sbx\.yaml cannot be read\.\n[^]*Next: correct Pulumi\.sbx\.yaml/);
    });

    it("leaves a stack alone that exists only in the local cloud", async () => {
      await mkdir(layout.stack, { recursive: true });
      await writeFile(join(layout.stack, "Pulumi.mine.yaml"), "config: {}\n");
      await generate();
      expect(await readFile(join(layout.stack, "Pulumi.mine.yaml"), "utf8")).to.equal("config: {}\n");
    });
  });
});
