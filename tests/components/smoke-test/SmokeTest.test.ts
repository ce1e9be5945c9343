import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { SmokeTest, smokeTest } from "../../../components/smoke-test/index.ts";
import { ofType, record, valueOf, type MockSettings, type Registered } from "../mocks.ts";

const login = { name: "k1.sbx.pilot.internal", region: "eu-west-1", stateStore: "s3://state", kopsVersion: "1.35.0" };

const make = (settings?: MockSettings) =>
  record(
    () =>
      new SmokeTest("k1", {
        login,
        kubernetesVersion: pulumi.output("1.34.3"),
        triggers: [pulumi.output("digest")],
        request: smokeTest.parse({ enabled: true, names: ["kubernetes.default", "example.com"] }),
      }),
    settings,
  );

const inputsOf = (resources: readonly Registered[]): Record<string, unknown> =>
  ofType(resources, "command:local:Command")["k1"]?.inputs ?? {};

describe("SmokeTest", () => {
  it("is a single command that runs again for each digest of the cluster", async () => {
    const { resources } = await make();
    expect(resources.map(({ type, name, parent }) => [type, name, parent])).to.deep.equal([
      ["pilot:test:SmokeTest", "k1", ""],
      ["command:local:Command", "k1", "pilot:test:SmokeTest::k1"],
    ]);
    const inputs = inputsOf(resources);
    expect(inputs["triggers"]).to.deep.equal(["digest"]);
    const { SMOKE_TEST = "" } = inputs["environment"] as Record<string, string>;
    expect(JSON.parse(SMOKE_TEST)).to.deep.equal({
      login,
      kubernetesVersion: "1.34.3",
      olderNodes: false,
      image: "registry.k8s.io/e2e-test-images/agnhost:2.39",
      namespace: "default",
      names: ["kubernetes.default", "example.com"],
      timeoutSeconds: 300,
    });
  });

  it("contains no path of this machine, and runs nothing but node", async () => {
    const inputs = inputsOf((await make()).resources);
    expect(inputs["create"]).to.equal("node 'components/smoke-test/probe.mjs'");
    expect(JSON.stringify(inputs)).not.to.contain(process.cwd());
  });

  it("outputs its report, and says in a preview of a change that there is none yet", async () => {
    const { result } = await make();
    expect(await valueOf(result.report)).to.deep.equal({ cluster: "k1.sbx.pilot.internal", ok: true });
    const preview = await make({ preview: true });
    expect(await valueOf(preview.result.report)).to.deep.equal({ pending: "tested after the change" });
  });
});
