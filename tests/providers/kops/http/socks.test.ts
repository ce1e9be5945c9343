import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { inspect } from "node:util";
import { awsClient } from "../../../../providers/kops/aws/client.ts";
import { boundedFetch } from "../../../../providers/kops/http/fetch.ts";
import { stoppedBy } from "../../../../providers/kops/http/stop.ts";
import { apiClient } from "../../../../providers/kops/kubernetes/api-client.ts";
import { ConfigError } from "../../../../providers/kops/model/errors.ts";
import { rejection } from "../../../local/rejection.ts";
import { authority } from "../authorities.ts";
import { startSocks } from "./socks.ts";
import type { SocksServer } from "./socks.ts";

const region = "ap-southeast-2";
const identity = { region };
const keys = { credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts: 1 };

describe("a call through a SOCKS proxy", () => {
  const servers: Server[] = [];
  let plain: SocksServer;
  let secure: SocksServer;
  let names: string[];

  const answer: RequestListener = (request, response) => {
    names.push((request.socket as { servername?: string }).servername ?? `${request.headers.host ?? ""} in clear`);
    if (request.url?.startsWith("/api/v1/nodes") === true)
      response.setHeader("content-type", "application/json").end('{"kind":"NodeList","apiVersion":"v1","items":[]}');
    else
      response
        .setHeader("content-type", "text/xml")
        .end("<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>");
  };
  const socksTo = async (server: Server): Promise<SocksServer> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return await startSocks(server.address() as AddressInfo);
  };
  beforeEach(async () => {
    names = [];
    plain = await socksTo(createServer(answer));
    secure = await socksTo(createSecureServer({ cert: authority.certificate, key: authority.privateKey }, answer));
  });
  afterEach(async () => {
    await Promise.all([plain.close(), secure.close()]);
    for (const server of servers.splice(0)) server.close();
  });

  /** The AWS client of a shell with this proxy for HTTPS, and for an endpoint in clear. */
  const client = (proxy: string, endpoint?: string): EC2Client =>
    awsClient(
      EC2Client,
      identity,
      { ...keys, ...(endpoint === undefined ? {} : { endpoint }) },
      {
        HTTPS_PROXY: proxy,
        HTTP_PROXY: proxy,
      },
    );
  const ask = (asked: EC2Client): Promise<unknown> => asked.send(new DescribeVpcsCommand({}));

  for (const scheme of ["socks5", "socks5h"]) {
    it(`reaches AWS by a name that only the proxy knows, as ${scheme}`, async () => {
      const found = await ask(client(`${scheme}://127.0.0.1:${plain.port}`, "http://ec2.cloud.test"));
      expect(found).to.have.nested.property("Vpcs[0].VpcId", "vpc-1");
      expect(plain.seen).to.deep.equal(["name ec2.cloud.test:80"]);
    });
  }

  it("has TLS with the host inside the tunnel, and checks the host's certificate", async () => {
    const error = await rejection(ask(client(`socks5://127.0.0.1:${secure.port}`)));
    expect(error.message).to.match(/certificate/);
    expect(secure.seen).to.deep.equal([`name ec2.${region}.amazonaws.com:443`]);
    expect(names).to.deep.equal([]);
  });

  it("reaches the Kubernetes API, and a download", async () => {
    const env = { HTTPS_PROXY: `socks5://127.0.0.1:${secure.port}`, HTTP_PROXY: `socks5://127.0.0.1:${plain.port}` };
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: "k1", server: "https://api.k1.test", skipTLSVerify: true }, { name: "me" });
    expect((await apiClient(config, CoreV1Api, { env }).listNode()).items).to.deep.equal([]);
    expect(secure.seen).to.deep.equal(["name api.k1.test:443"]);
    expect(names).to.deep.equal(["api.k1.test"]);
    const found = await boundedFetch("http://assets.test/kops", { redirect: "error", timeout: 5000, env });
    expect(await found.text()).to.contain("vpc-1");
    expect(plain.seen).to.deep.equal(["name assets.test:80"]);
  });

  it("gives the proxy the user and password of its URL", async () => {
    plain.login = "me:p@ss";
    await ask(client(`socks5://me:p%40ss@127.0.0.1:${plain.port}`, "http://ec2.login.test"));
    expect(plain.seen).to.deep.equal(["name ec2.login.test:80"]);
  });

  for (const [title, change] of [
    ["does not allow the host", { reply: 2 }],
    ["takes another password", { login: "me:other" }],
  ] as const) {
    it(`names the proxy and the host, not the password, if the proxy ${title}`, async () => {
      Object.assign(plain, change);
      const error = await rejection(
        ask(client(`socks5://me:secret@127.0.0.1:${plain.port}`, `http://ec2.${title.replaceAll(" ", "-")}.test`)),
      );
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message)
        .to.contain(`the proxy socks5://127.0.0.1:${plain.port} refused a connection to ec2.`)
        .and.to.contain("NO_PROXY");
      expect(inspect(error)).not.to.contain("secret");
    });
  }

  it("ends with the operation when the proxy swallows it", async () => {
    plain.swallows = true;
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (plain.seen.length > 0) stop.abort(new Error("timeouts.update is 30s"));
    }, 10);
    const asked = client(`socks5://127.0.0.1:${plain.port}`, "http://ec2.swallowed.test");
    const error = await rejection(stoppedBy(stop.signal, () => ask(asked)));
    clearInterval(timer);
    expect(error.message).to.equal("timeouts.update is 30s");
  });
});
