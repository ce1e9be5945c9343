import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { Clients, guard } from "../../../../../local/plugins/aws/shared/client.ts";
import { resolveConfig } from "../../../../../local/plugins/aws/shared/config.ts";
import { assertLoopbackEnvironment, isLoopback } from "../../../../../local/plugins/aws/shared/endpoints.ts";
import { forTypeScript } from "../../../../../local/base/typescript.ts";

const here = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };

describe("the endpoint of the stand-in for the AWS plugin", () => {
  const hosts: readonly [string, boolean][] = [
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["localhost", true],
    ["[::1]", true],
    ["0.0.0.0", false],
    ["10.0.0.1", false],
    ["128.0.0.1", false],
    ["127.0.0.1.example.com", false],
    ["localhost.example.com", false],
    ["bucket.localhost", false],
    ["[::ffff:8.8.8.8]", false],
    ["ec2.ap-southeast-2.amazonaws.com", false],
  ];
  for (const [host, own] of hosts) {
    it(`${own ? "is" : "is never"} ${host}`, () => {
      expect(isLoopback(host)).to.equal(own);
      const run = (): void => {
        assertLoopbackEnvironment({ AWS_ENDPOINT_URL_S3: `http://${host}:4566` });
      };
      if (own) expect(run).to.not.throw();
      else
        expect(run)
          .to.throw("AWS_ENDPOINT_URL_S3")
          .and.to.match(/not this machine.*npm run local/);
    });
  }

  it("is required", () => {
    expect(() => resolveConfig({ region: "ap-southeast-2" }, keys)).to.throw("no AWS endpoint is set");
  });

  it("is refused if an argument of the provider points elsewhere", () => {
    const endpoints = JSON.stringify([{ s3: "https://s3.amazonaws.com" }]);
    expect(() => resolveConfig({ region: "ap-southeast-2", endpoints }, { ...here, ...keys })).to.throw(
      "endpoints.s3 names s3.amazonaws.com",
    );
  });

  it("comes from the provider, else from the service's variable, else from the general one", () => {
    const endpoints = JSON.stringify([{ ec2: "http://127.0.0.1:2" }]);
    const { endpoint } = resolveConfig(
      { region: "x", endpoints },
      { ...here, ...keys, AWS_ENDPOINT_URL_S3: "http://127.0.0.1:3", AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:4" },
    );
    expect([endpoint("ec2"), endpoint("s3"), endpoint("route53")]).to.deep.equal([
      "http://127.0.0.1:2",
      "http://127.0.0.1:3",
      "http://127.0.0.1:1",
    ]);
  });

  it("is required for each service: a missing one never means AWS", () => {
    const endpoints = JSON.stringify([{ ec2: "http://127.0.0.1:2" }]);
    const clients = new Clients(resolveConfig({ region: "x", endpoints }, keys));
    class Fake {
      middlewareStack = {};
    }
    expect(() => clients.of(Fake, "s3")).to.throw("no endpoint is set for s3");
  });

  it("is checked again right before a request leaves", () => {
    const sent: string[] = [];
    const send = guard((args) => {
      sent.push((args.request as { hostname: string }).hostname);
      return Promise.resolve();
    });
    void send({ request: { hostname: "127.0.0.1" } });
    expect(() => send({ request: { hostname: "sts.amazonaws.com" } })).to.throw("sts.amazonaws.com was stopped");
    expect(sent).to.deep.equal(["127.0.0.1"]);
  });

  it("is checked before the start: an environment that points elsewhere ends the plugin at once", function () {
    this.timeout(30_000);
    const main = join(import.meta.dirname, "..", "..", "..", "..", "..", "local", "plugins", "aws", "main.ts");
    const run = spawnSync(process.execPath, [...forTypeScript(), main, "127.0.0.1:1"], {
      cwd: join(main, "..", "..", "..", ".."),
      env: { PATH: process.env["PATH"], AWS_ENDPOINT_URL: "https://ec2.amazonaws.com" },
      encoding: "utf8",
    });
    expect([run.status, run.stdout]).to.deep.equal([1, ""]);
    expect(run.stderr).to.match(
      /^AWS_ENDPOINT_URL names ec2\.amazonaws\.com, which is not this machine\. .*npm run local/,
    );
  });
});
