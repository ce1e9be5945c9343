import { expect } from "chai";
import { judge } from "../../../../providers/kops/check/judge.ts";
import { endIfRefused, refusalLines, refusedIn } from "../../../../providers/kops/check/refused.ts";
import { unknownValue } from "../../../../providers/kops/check/unknown.ts";
import { check, create, diff, update } from "../../../../providers/kops/provider.ts";
import { sampleInputs } from "../samples.ts";

const going = new AbortController().signal;
const wrong = { ...sampleInputs(), name: "K1", rollingUpdate: { nodeInterval: "15" } };

/** Runs something where nobody answers for AWS. */
async function withoutCloud<T>(work: () => Promise<T>): Promise<T> {
  const settings = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_MAX_ATTEMPTS: "1" };
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

describe("what check refuses", () => {
  it("is no failure of check, which would end the previews of all other clusters, but stands beside the inputs", async () => {
    const { inputs, failures } = await check({}, wrong);
    expect(failures).to.deep.equal([]);
    expect(refusedIn(inputs).map(({ property }) => property)).to.include.members(["name", "rollingUpdate.nodeInterval"]);
  });

  it("is never nothing to do, and neither planned nor looked at again", async () => {
    expect(await diff("k1", sampleInputs(), await judge({}, wrong, going))).to.deep.equal({ changes: true });
  });

  it("ends create and update before they look at the inputs, with all reasons and without a stack", async () => {
    const checked = await judge({}, wrong, going);
    for (const verb of [(): Promise<unknown> => create(checked), (): Promise<unknown> => update("k1", sampleInputs(), checked)]) {
      const error = await verb().then(() => undefined, (thrown: unknown) => thrown as Error);
      expect(error?.message).to.contain("Cluster K1 cannot be brought to what is asked for");
      for (const line of refusalLines(refusedIn(checked))) expect(error?.message).to.contain(line);
      expect(error?.message).to.contain("nothing was touched");
      expect(error?.stack).to.equal("");
    }
  });

  it("is also that its plan cannot be made, whatever was thrown", async () => {
    const refused = refusedIn(await withoutCloud(() => judge(sampleInputs(), sampleInputs(), going)));
    expect(refused.map(({ property }) => property)).to.deep.equal([""]);
    expect(refusalLines(refused)[0]).to.contain("state-of-sbx");
  });

  it("is not that something is not known yet: the preview says what it waits for", async () => {
    const wanted = sampleInputs();
    const unknown = { ...wanted, cluster: { ...wanted.cluster, subnets: [{ name: "a", id: "subnet-1" }, { name: "c", id: unknownValue }] } };
    const said: string[] = [];
    const log = console.log;
    console.log = (line: string): void => void said.push(line);
    try {
      expect(refusedIn(await withoutCloud(() => judge(wanted, unknown, going)))).to.deep.equal([]);
    } finally {
      console.log = log;
    }
    expect(said.join("\n")).to.match(/plan: what changes in the cloud and which nodes roll cannot be told before this is known: cluster\.subnets\[1\]\.id/);
  });

  it("is nothing where all is well", async () => {
    expect(refusedIn(sampleInputs())).to.deep.equal([]);
    await endIfRefused({ ...sampleInputs() });
  });
});
