import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { localEnvironment } from "../../../local/workspace/environment.ts";
import { layoutOf, type Layout } from "../../../local/base/layout.ts";
import { checkpointFile } from "../../../local/base/outputs.ts";
import { temporaryFolders } from "../temporary.ts";

const endpoint = "http://127.0.0.1:4566";
const dangerous = {
  AWS_PROFILE: "production",
  AWS_ACCESS_KEY_ID: "AKIAREAL",
  AWS_SECRET_ACCESS_KEY: "real",
  AWS_SESSION_TOKEN: "real",
  AWS_ENDPOINT_URL: "https://ec2.amazonaws.com",
  AWS_ENDPOINT_URL_S3: "https://s3.amazonaws.com",
  AWS_CONFIG_FILE: "/real/config",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/real/token",
  AWS_REGION: "us-east-1",
  KUBECONFIG: "/real/kubeconfig",
  PULUMI_ACCESS_TOKEN: "real",
  PULUMI_BACKEND_URL: "s3://real",
  PULUMI_STACK: "real",
  KOPS_STATE_STORE: "s3://real",
  KOPS_FEATURE_FLAGS: "real",
  KOPS_CLUSTER_NAME: "real",
  S3_ENDPOINT: "https://real",
  S3_SECRET_ACCESS_KEY: "real",
  HTTPS_PROXY: "http://real",
  https_proxy: "http://real",
  NODE_OPTIONS: "--require /real",
  XDG_CONFIG_HOME: "/real",
  SOME_TOKEN: "real",
};

describe("the environment inside the local cloud", () => {
  const folder = temporaryFolders();
  let layout: Layout;

  beforeEach(async () => {
    layout = layoutOf(await folder(), {});
  });

  const environment = (caller: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv =>
    localEnvironment(layout, { endpoint, clusters: [] }, caller);

  it("has nothing of the caller's AWS, Pulumi, kOps, S3 and Kubernetes settings, proxies and secrets", () => {
    const { PILOT_OUTER_ENV: outer = "", ...inner } = environment({ ...dangerous, HOME: "/home/me" });
    expect({ ...inner, PILOT_OUTER_ENV: "" }).to.deep.equal({
      ...environment({ HOME: "/home/me" }),
      PILOT_OUTER_ENV: "",
    });
    // For builds alone.
    expect(JSON.parse(outer)).to.deep.equal({
      HTTPS_PROXY: "http://real",
      https_proxy: "http://real",
      HOME: "/home/me",
    });
  });

  it("keeps what a terminal needs", () => {
    expect(
      environment({ TERM: "xterm", LANG: "de_DE.UTF-8", LC_ALL: "C", CI: "true", NO_COLOR: "1", TMPDIR: "/t" }),
    ).to.include({ TERM: "xterm", LANG: "de_DE.UTF-8", LC_ALL: "C", CI: "true", NO_COLOR: "1", TMPDIR: "/t" });
  });

  it("points AWS clients, kOps and Pulumi to this checkout's local cloud", () => {
    expect(environment({ HOME: "/home/me" })).to.include({
      AWS_ENDPOINT_URL: endpoint,
      S3_ENDPOINT: endpoint,
      KOPS_BASE_URL: `${endpoint}/_pilot/assets/1.35.0`,
      AWS_EC2_METADATA_DISABLED: "true",
      HOME: layout.home,
      PULUMI_HOME: layout.pulumiHome,
      PULUMI_BACKEND_URL: `file://${layout.backend}`,
      PILOT_ACCESS: layout.accessFile,
      PILOT_OUTER_ENV: '{"HOME":"/home/me"}',
    });
  });

  it("has the wrapper scripts first on PATH, once, even when called from inside", () => {
    const inner = environment(environment({ PATH: "/usr/bin", HOME: "/home/me" }));
    expect(inner["PATH"]).to.equal(`${layout.bin}:/usr/bin`);
    expect(inner["PILOT_OUTER_ENV"]).to.contain('"/home/me"');
  });

  it("has the kubeconfigs of the clusters after one that tools may write to", () => {
    const { KUBECONFIG } = localEnvironment(
      layout,
      { endpoint, clusters: [{ kubeconfig: "/a" }, { kubeconfig: "/b" }] },
      {},
    );
    expect(KUBECONFIG).to.equal(`${join(layout.home, ".kube", "config")}:/a:/b`);
  });

  it("lets kubectl reach clusters by their own names, and never uses a proxy for loopback or other hosts", () => {
    const { HTTPS_PROXY, NO_PROXY, https_proxy } = localEnvironment(
      layout,
      { endpoint, proxy: "http://127.0.0.1:7", clusters: [] },
      dangerous,
    );
    expect({ HTTPS_PROXY, NO_PROXY, https_proxy }).to.deep.equal({
      HTTPS_PROXY: "http://127.0.0.1:7",
      NO_PROXY: "127.0.0.1,localhost,::1",
      https_proxy: undefined,
    });
    expect(() =>
      localEnvironment(layout, { endpoint, proxy: "http://proxy.example.com:7", clusters: [] }, {}),
    ).to.throw(/refuses to use/);
  });

  it("has the state store as soon as it is an output of the stack", async () => {
    expect(environment()).not.to.have.property("KOPS_STATE_STORE");
    await mkdir(dirname(checkpointFile(layout)), { recursive: true });
    const stack = { type: "pulumi:pulumi:Stack", outputs: { stateStore: { stateStore: "s3://bucket" } } };
    await writeFile(
      checkpointFile(layout),
      JSON.stringify({ version: 3, checkpoint: { latest: { resources: [stack] } } }),
    );
    expect(environment()["KOPS_STATE_STORE"]).to.equal("s3://bucket");
  });

  for (const good of [
    "http://127.0.0.1:1",
    "http://127.8.9.10:1",
    "http://[::1]:1",
    "http://localhost:1",
    "http://127.0.0.1:1/",
  ]) {
    it(`accepts ${good}`, () => {
      expect(localEnvironment(layout, { endpoint: good, clusters: [] }, {})["AWS_ENDPOINT_URL"]).to.equal(
        good.replace(/\/$/, ""),
      );
    });
  }

  for (const bad of [
    "https://ec2.ap-southeast-2.amazonaws.com",
    "http://10.0.0.1:1",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://[::2]:1",
    "http://0.0.0.0:1",
    "127.0.0.1:4566",
    "",
  ]) {
    it(`refuses ${bad || "an empty endpoint"}`, () => {
      expect(() => localEnvironment(layout, { endpoint: bad, clusters: [] }, {}))
        .to.throw(/refuses to use/)
        .with.property("name", "Problem");
    });
  }
});
