import { expect } from "chai";
import { runTyped } from "../../cli/base/command.ts";
import { identityText, readIdentity } from "../../cli/given-identity.ts";
import type { ReadIdentity, StoreTyped } from "../../cli/given-identity.ts";
import type { Open } from "../../cli/base/shell.ts";
import { ConfigError, KopsError } from "../../providers/kops/model/errors.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";

const roleArn = "arn:aws:iam::123456789012:role/deployer";
const cluster = "k1.sbx.example.com";

describe("the identity of a command", () => {
  /** What a store command reads from its arguments. */
  async function read(argv: readonly string[]): Promise<ReadIdentity & Pick<StoreTyped, "args">> {
    let found: (ReadIdentity & Pick<StoreTyped, "args">) | undefined;
    const run = (typed: StoreTyped): Promise<number> => {
      found = { ...readIdentity(typed), args: typed.args };
      return Promise.resolve(0);
    };
    const options = { yes: "", json: "" };
    await runTyped({ x: { about: "", usage: "s3://store", examples: [], options, run } }, ["x", ...argv]);
    if (!found) throw new Error("it did not run");
    return found;
  }

  for (const [title, argv, args, given] of [
    [
      "does not come from a command's own options",
      ["s3://a", "k1", "sale", "--json"],
      ["s3://a", "k1", "sale"],
      undefined,
    ],
    [
      "may be a profile, in any position",
      ["--profile", "ops", "s3://a", "k1", "--yes"],
      ["s3://a", "k1"],
      { profile: "ops" },
    ],
    ["may be a role", ["s3://a", `--assume-role=${roleArn}`, "k1"], ["s3://a", "k1"], { assumeRole: { roleArn } }],
    [
      "may be a role from a profile, with an external id",
      ["s3://a", "k1", "--assume-role", roleArn, "--external-id", "x", "--profile", "ops"],
      ["s3://a", "k1"],
      { profile: "ops", assumeRole: { roleArn, externalId: "x" } },
    ],
    ["may be the shell's own, whatever is recorded", ["s3://a", "k1", "--as-shell"], ["s3://a", "k1"], {}],
  ] as const) {
    it(title, async () => {
      const typed = await read(argv);
      expect(typed.args).to.deep.equal(args);
      expect(typed.given).to.deep.equal(given);
      expect((await read(typed.repeated.split(" ").slice(1))).given, "repeated").to.deep.equal(given);
    });
  }

  for (const [title, argv, why] of [
    ["a profile without its name", ["--profile"], "--profile needs a value"],
    ["a profile with an empty name", ["--profile="], "--profile needs a value"],
    ["an option instead of a profile", ["--profile", "--yes"], "--profile needs a value"],
    ["an invalid role", ["--assume-role", "deployer"], "--assume-role must be the ARN of an IAM role"],
    ["an external id without its role", ["--external-id", "x"], "--external-id needs --assume-role"],
    ["two identities", ["--as-shell", "--profile", "ops"], "--as-shell goes with no other"],
  ] as const) {
    it(`is refused: ${title}`, async () => {
      expect(await rejection(read(argv)))
        .to.be.instanceOf(ConfigError)
        .with.property("message")
        .that.contains(why)
        .and.contains("Next: npx pilot x s3://store [--profile NAME]");
    });
  }

  it("is described in words", () => {
    expect(
      [{}, { profile: "ops" }, { assumeRole: { roleArn } }, { profile: "ops", assumeRole: { roleArn } }].map(
        identityText,
      ),
    ).to.deep.equal(["the AWS identity of this shell", "the profile ops", roleArn, `${roleArn} from the profile ops`]);
  });

  const quiet = { by: "kim@desk", progress: { say: () => undefined }, signal: new AbortController().signal };
  for (const name of ["pause", "resume", "restore", "forget", "archive"]) {
    it(`opens the store for ${name}, and the error names its options if the shell has no access`, async () => {
      const run = (argv: readonly string[], open: Open): Promise<string> =>
        textOf([name, ...argv.filter((word) => name !== "archive" || word !== cluster)], { ...quiet, open });
      const store = memoryStore();
      store.objects.set(`${cluster}/config`, "kind: Cluster");
      const asked: unknown[] = [];
      await run(["s3://memory", cluster, "--profile", "ops"], (_, as) => {
        asked.push(as);
        return store;
      });
      expect(asked).to.deep.equal([{ profile: "ops" }]);
      store.get = store.list = (): Promise<never> =>
        Promise.reject(new KopsError({ what: "Could not read it", why: "Access Denied", next: "" }));
      expect(await rejection(run(["s3://memory", cluster], () => store)))
        .to.be.instanceOf(KopsError)
        .with.property("message")
        .that.matches(/Access Denied[^]*name an identity: \[--profile NAME\] \[--assume-role ARN/);
    });
  }
});
