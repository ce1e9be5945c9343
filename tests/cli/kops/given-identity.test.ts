import { expect } from "chai";
import { archives } from "../../../cli/kops/archives.ts";
import { forgetCluster } from "../../../cli/kops/forgetting.ts";
import { identityText, takeIdentity } from "../../../cli/kops/given-identity.ts";
import { pauseCluster, resumeCluster } from "../../../cli/kops/pausing.ts";
import { restoreManifests } from "../../../cli/kops/restoring.ts";
import { ConfigError, KopsError } from "../../../providers/kops/model/errors.ts";
import { rejection } from "../../local/rejection.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";

const roleArn = "arn:aws:iam::123456789012:role/deployer";
const cluster = "k1.sbx.example.com";

describe("as whom a command works", () => {
  for (const [title, argv, words, given] of [
    [
      "is not said by words of its own",
      ["s3://a", "k1", "sale", "--on", "-x", "--json"],
      ["s3://a", "k1", "sale", "--on", "-x", "--json"],
      undefined,
    ],
    [
      "may be a profile, wherever it stands",
      ["--profile", "ops", "s3://a", "k1", "--yes"],
      ["s3://a", "k1", "--yes"],
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
    it(title, () => {
      const taken = takeIdentity(argv, "usage");
      expect(taken.words).to.deep.equal(words);
      expect(taken.given).to.deep.equal(given);
      expect(takeIdentity(taken.repeated.split(" ").slice(1), "usage").given, "said again").to.deep.equal(given);
    });
  }

  for (const [title, argv, why] of [
    ["a profile without its name", ["--profile"], "--profile needs a value"],
    ["a profile that is another option", ["--profile", "--yes"], "--profile needs a value"],
    ["what is no role", ["--assume-role", "deployer"], "--assume-role must be the ARN of an IAM role"],
    ["an external id without its role", ["--external-id", "x"], "--external-id needs --assume-role"],
    ["two identities", ["--as-shell", "--profile", "ops"], "--as-shell goes with no other"],
  ] as const) {
    it(`is refused: ${title}`, () => {
      expect(() => takeIdentity(argv, "npm run x"))
        .to.throw(ConfigError, why)
        .with.property("message")
        .that.contains("npm run x [--profile NAME]");
    });
  }

  it("is told in words", () => {
    expect(
      [{}, { profile: "ops" }, { assumeRole: { roleArn } }, { profile: "ops", assumeRole: { roleArn } }].map(
        identityText,
      ),
    ).to.deep.equal(["the AWS identity of this shell", "the profile ops", roleArn, `${roleArn} from the profile ops`]);
  });

  const quiet = { by: "kim@desk", progress: { say: () => undefined }, signal: new AbortController().signal };
  for (const [name, run] of [
    ["pause", (argv, open) => pauseCluster(argv, "kim@desk", new Date(), open)],
    ["resume", (argv, open) => resumeCluster(argv, open)],
    ["restore", (argv, open) => restoreManifests(argv, { ...quiet, now: new Date(), open })],
    ["forget", (argv, open) => forgetCluster(argv, { ...quiet, open })],
    ["archive", ([url = "", , ...words], open) => archives([url, ...words], new Date(), open)],
  ] satisfies [string, (argv: string[], open: Parameters<typeof resumeCluster>[1]) => Promise<string>][]) {
    it(`opens the store for kops:${name}, and is asked for when the shell is not let in`, async () => {
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
        .that.matches(/Access Denied[^]*say as whom to work: \[--profile NAME\] \[--assume-role ARN/);
    });
  }
});
