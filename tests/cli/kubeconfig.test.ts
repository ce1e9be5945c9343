import { expect } from "chai";
import yaml from "js-yaml";
import { journalText } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { cluster, journal } from "./status/cases.ts";
import { textOf } from "./text-of.ts";

const outputs = { endpoint: `https://api.${cluster}`, certificateAuthority: "-----BEGIN CERTIFICATE-----" };

describe("the kubeconfig command", () => {
  async function print(value: typeof journal, ...words: string[]): Promise<string> {
    const store = memoryStore();
    await store.put(`${cluster}/config`, "kind: Cluster");
    await store.put(pilotKeysOf(cluster).journal, journalText(value));
    return await textOf(["kubeconfig", "k1", ...words], {
      open: () => store,
      env: { KOPS_STATE_STORE: "s3://memory" },
    });
  }
  const execIn = (text: string): { command: string; args: string[] } =>
    (yaml.load(text) as { users: { user: { exec: { command: string; args: string[] } } }[] }).users[0]?.user.exec ?? {
      ...{ command: "", args: [] },
    };

  it("prints what the journal has, with a login and without a credential", async () => {
    const text = await print({ ...journal, outputs });
    expect(text).to.contain(`server: ${outputs.endpoint}`).and.to.contain(`current-context: ${cluster}`);
    expect(text).to.not.match(/client-(key|certificate)|token:|password/);
    expect(execIn(text).args).to.include.members(["kubectl-auth", `--cluster=${cluster}`]);
  });

  it("logs in by IAM where the cluster maps identities, and by the key of the store with --break-glass", async () => {
    const spec = {
      ...journal.applied?.spec,
      kopsVersion: "1.35.0",
      instanceGroups: {},
      cluster: { authentication: { aws: {} } },
    };
    const { applied } = journal;
    if (!applied) throw new Error("the journal has no applied spec");
    const iam = { ...journal, outputs, applied: { ...applied, spec } };
    expect(execIn(await print(iam)).command).to.equal("aws-iam-authenticator");
    expect(execIn(await print(iam, "--break-glass")).command).to.equal("kops");
  });

  it("says what to do before the first operation has succeeded", async () => {
    expect((await rejection(print(journal))).message).to.match(/is not known yet[^]*kops export kubeconfig --name/);
  });
});
