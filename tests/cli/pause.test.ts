import { expect } from "chai";
import { ConfigError, KopsError } from "../../providers/kops/model/errors.ts";
import { readPause, writePause } from "../../providers/kops/store/pause.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const now = new Date("2026-11-23T09:00:00Z");

describe("the pause command", () => {
  function stage(): {
    store: ReturnType<typeof memoryStore>;
    pause: (...argv: string[]) => Promise<string>;
    resume: (...argv: string[]) => Promise<string>;
  } {
    const store = memoryStore();
    store.objects.set(`${cluster}/config`, "kind: Cluster");
    return {
      store,
      pause: (...argv) => textOf(["pause", ...argv], { by: "kim@desk", now, open: () => store }),
      resume: (...argv) => textOf(["resume", ...argv], { open: () => store }),
    };
  }

  it("sets the flag with who, when and why, and says how to resume", async () => {
    const { store, pause } = stage();
    const text = await pause("s3://memory", cluster, "sale", "on");
    expect(await readPause(store, cluster)).to.deep.equal({
      since: "2026-11-23T09:00:00.000Z",
      by: "kim@desk",
      reason: "sale on",
    });
    expect(text).to.include("npx pilot resume s3://memory k1.sbx.example.com");
  });

  it("replaces an earlier pause, and names it", async () => {
    const { store, pause } = stage();
    await writePause(store, cluster, { since: "2026-11-22T09:00:00Z", by: "lee@desk", reason: "" });
    expect(await pause("s3://memory", cluster)).to.include("It was paused by lee@desk since 2026-11-22T09:00:00Z.");
  });

  it("is undone by the resume command, which says if there was no pause", async () => {
    const { store, pause, resume } = stage();
    await pause("s3://memory", cluster);
    expect(await resume("s3://memory", cluster)).to.include("is no longer paused");
    expect(await readPause(store, cluster)).to.equal(undefined);
    expect(await resume("s3://memory", cluster)).to.equal(`Cluster ${cluster} was not paused.`);
  });

  for (const [what, argv] of [
    ["no arguments", []],
    ["a cluster without its store", [cluster]],
    ["a store without a cluster", ["s3://memory"]],
    ["a cluster that is not in the store", ["s3://memory", "k2.sbx.example.com"]],
  ] as const) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const { store, pause } = stage();
      expect(await rejection(pause(...argv))).to.be.instanceOf(ConfigError);
      expect([...store.objects.keys()]).to.deep.equal([`${cluster}/config`]);
    });
  }

  it("says how to fix an unreadable flag", async () => {
    const { store } = stage();
    store.objects.set(pilotKeysOf(cluster).pause, "{");
    const error = await rejection(readPause(store, cluster));
    expect(error).to.be.instanceOf(KopsError);
    expect(String(error)).to.include("npx pilot resume s3://memory k1.sbx.example.com");
  });
});
