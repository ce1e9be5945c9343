import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { storeOfStack } from "../../../cli/target/stack-store.ts";
import type { Shell } from "../../../cli/base/shell.ts";
import { ConfigError } from "../../../providers/kops/model/errors.ts";
import type { ObjectStore } from "../../../providers/kops/store/object-store.ts";
import { rejection } from "../../local/rejection.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";
import { textOf } from "../text-of.ts";

const account = "123456789012";
const environment = (more = ""): string => `config:
  aws:region: eu-west-1
  pilot:network: { zones: [eu-west-1a] }
  pilot:dns: { type: private, name: sbx.example.com }
${more}`;
const clusters = (of: string): string => `config:\n  aws:region: eu-west-1\n  pilot:environment: ${of}\n`;

describe("the state store of a stack", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pilot-target-"));
    writeFileSync(join(root, "Pulumi.yaml"), "name: pilot\n");
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const write = (stack: string, text: string): void => {
    writeFileSync(join(root, `Pulumi.${stack}.yaml`), text);
  };
  let asked = 0;
  const find = async (stack = "sbx"): Promise<string> => {
    asked = 0;
    return (
      await storeOfStack(root, stack, () => {
        asked += 1;
        return Promise.resolve(account);
      })
    ).url;
  };

  it("has the name that an up computes from project, stack, account and region", async () => {
    write("sbx", environment());
    expect(await find()).to.equal(`s3://pilot-sbx-state-${account}-eu-west-1`);
    expect(asked).to.equal(1);
  });

  it("is that of the environment, for a stack of clusters", async () => {
    write("sbx", environment());
    write("team", clusters("organization/pilot/sbx"));
    expect(await find("team")).to.equal(`s3://pilot-sbx-state-${account}-eu-west-1`);
  });

  for (const [what, more, url] of [
    ["the bucket of the config", "  pilot:stateStore: { stateBucket: acme-state }\n", "s3://acme-state"],
    [
      "a bucket in the account of the config",
      '  pilot:accountId: "210987654321"\n',
      "s3://pilot-sbx-state-210987654321-eu-west-1",
    ],
    [
      "a bucket in the central account",
      "  pilot:stateStore: { role: arn:aws:iam::333333333333:role/store }\n",
      "s3://pilot-sbx-state-333333333333-eu-west-1",
    ],
  ] as const)
    it(`is ${what}, and AWS is not asked`, async () => {
      write("sbx", environment(more));
      expect(await find()).to.equal(url);
      expect(asked).to.equal(0);
    });

  it("is not known without a usable file, and the error says which file", async () => {
    for (const [text, why] of [
      ["config: {}\n", /Pulumi\.sbx\.yaml cannot be used[^]*aws:region is missing/],
      [clusters("other"), /Pulumi\.other\.yaml cannot be read/],
      [clusters("sbx"), /its environment sbx is itself a stack of clusters/],
    ] as const) {
      write("sbx", text);
      const error = await rejection(find());
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.match(why);
    }
  });

  it("says what to do when AWS does not tell the account", async () => {
    write("sbx", environment());
    const error = await rejection(storeOfStack(root, "sbx", () => Promise.reject(new Error("no credentials"))));
    expect(error.message).to.match(
      /its name ends with the account[^]*no credentials[^]*pilot:accountId[^]*s3:\/\/bucket/,
    );
  });

  describe("in a command", () => {
    const cluster = "k1.sbx.example.com";
    const stage = (): { shell: Partial<Shell>; opened: string[] } => {
      const store = memoryStore();
      store.objects.set(`${cluster}/config`, "kind: Cluster");
      store.objects.set("k2.sbx.example.com/config", "kind: Cluster");
      const opened: string[] = [];
      const open = (url: string): ObjectStore => {
        opened.push(url);
        return { ...store, url };
      };
      return {
        opened,
        shell: {
          by: "kim@desk",
          now: new Date(0),
          env: {},
          project: root,
          open,
          accountOf: () => Promise.resolve(account),
        },
      };
    };

    it("is found for the only stack, and a short name is enough", async () => {
      write("sbx", environment());
      const { shell, opened } = stage();
      const text = await textOf(["pause", "k1", "sale"], shell);
      expect(opened).to.deep.equal([`s3://pilot-sbx-state-${account}-eu-west-1`]);
      expect(text).to.contain(`Cluster ${cluster} is paused by kim@desk`).and.to.contain(": sale");
    });

    it("is not needed where the shell names a store", async () => {
      const { shell, opened } = stage();
      await textOf(["pause", "k2"], { ...shell, env: { KOPS_STATE_STORE: "s3://acme-state" } });
      expect(opened).to.deep.equal(["s3://acme-state"]);
    });

    it("is named in the refusal of a short name that no cluster has", async () => {
      write("sbx", environment());
      const error = await rejection(textOf(["resume", "k3"], stage().shell));
      expect(error.message).to.match(/Which cluster of s3:\/\/pilot-sbx\S+ is k3\?[^]*k1\.sbx\.example\.com, k2\.sbx/);
    });
  });
});
