import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { awsClient } from "../../../../providers/kops/aws/client.ts";
import { BoundedHandler } from "../../../../providers/kops/aws/http-handler.ts";
import { boundedFetch } from "../../../../providers/kops/http/fetch.ts";
import { stoppedBy } from "../../../../providers/kops/http/stop.ts";
import { apiClient } from "../../../../providers/kops/kubernetes/api-client.ts";
import { rejection } from "../../../local/rejection.ts";
import { startProxy } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";

const region = "ap-southeast-2";

describe("a call", () => {
  let server: Server;
  let endpoint: string;
  let answer: RequestListener;
  let proxy: Proxy;

  before(async () => {
    server = createServer((request, response) => {
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    proxy = await startProxy(endpoint);
  });
  after(async () => {
    await proxy.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    proxy.swallow(undefined);
    proxy.seen.length = 0;
  });

  const identity = { region };
  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    ...more,
  });
  const keys = { credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  /** Stops the work as `timeouts` does, once the call is under way. */
  const stopped = async (work: () => Promise<unknown>, begun: () => boolean): Promise<Error> => {
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (begun()) stop.abort(new Error("timeouts.update is 30s"));
    }, 10);
    try {
      return await rejection(stoppedBy(stop.signal, work));
    } finally {
      clearInterval(timer);
    }
  };

  it("to AWS goes through HTTPS_PROXY, and ends with the operation when the proxy swallows it", async () => {
    proxy.swallow(/./);
    const client = awsClient(EC2Client, identity, keys, env());
    const error = await stopped(
      () => client.send(new DescribeVpcsCommand({})),
      () => proxy.seen.length > 0,
    );
    expect(error.message).to.equal("timeouts.update is 30s");
    expect(proxy.seen).to.deep.equal([`CONNECT ec2.${region}.amazonaws.com:443`]);
  });

  it("to AWS tells the refusal of a proxy, which is no answer of AWS, and not the proxy's password", async () => {
    proxy.tunnels = 407;
    const secret = proxy.url.replace("http://", "http://me:secret@");
    const client = awsClient(EC2Client, identity, keys, env({ HTTPS_PROXY: secret }));
    const error = await rejection(client.send(new DescribeVpcsCommand({})));
    expect(error.message)
      .to.contain(`the proxy ${proxy.url} refused a connection to ec2.${region}.amazonaws.com:443`)
      .and.to.contain("HTTP status 407")
      .and.not.to.contain("secret");
  });

  it("to AWS goes directly where NO_PROXY says so", async () => {
    answer = (_request, response) => response.writeHead(403).end("<Response><Errors/></Response>");
    const client = awsClient(EC2Client, identity, { ...keys, endpoint }, env());
    await rejection(client.send(new DescribeVpcsCommand({})));
    expect(proxy.seen).to.deep.equal([]);
  });

  it("to AWS ends while the body of an object does not arrive", async () => {
    let begun = false;
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      begun = true;
    };
    const client = awsClient(S3Client, identity, { ...keys, endpoint, forcePathStyle: true }, env());
    const read = async (): Promise<unknown> =>
      (await client.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))).Body?.transformToString();
    expect((await stopped(read, () => begun)).message).to.equal("timeouts.update is 30s");
  });

  it("to AWS ends when nothing arrives, and names the host, the proxy and the bound", async () => {
    proxy.swallow(/./);
    const requestHandler = new BoundedHandler(env(), { connect: 1000, idle: 200, whole: 60_000 });
    const client = awsClient(
      EC2Client,
      identity,
      { ...keys, requestHandler, endpoint: "http://ec2.test", maxAttempts: 1 },
      env(),
    );
    expect((await rejection(client.send(new DescribeVpcsCommand({})))).message).to.equal(
      `ec2.test (through the proxy ${proxy.url}) did not answer within 0.2 s`,
    );
  });

  it("to AWS ends when its answer trickles forever", async () => {
    const trickles: NodeJS.Timeout[] = [];
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/xml" });
      trickles.push(setInterval(() => response.write(" "), 20));
    };
    const requestHandler = new BoundedHandler(env(), { connect: 1000, idle: 1000, whole: 200 });
    const client = awsClient(EC2Client, identity, { ...keys, requestHandler, endpoint, maxAttempts: 1 }, env());
    expect((await rejection(client.send(new DescribeVpcsCommand({})))).message).to.contain(
      "the call of 127.0.0.1 took longer than 0.2 s",
    );
    trickles.forEach(clearInterval);
  });

  it("uses one client per service, region and identity", () => {
    const client = awsClient(EC2Client, identity, undefined, env());
    expect(awsClient(EC2Client, identity, undefined, env())).to.equal(client);
    expect(awsClient(EC2Client, { region: "eu-west-1" }, undefined, env())).to.not.equal(client);
    expect(awsClient(EC2Client, { region, profile: "other" }, undefined, env())).to.not.equal(client);
    expect(awsClient(S3Client, identity, undefined, env())).to.not.equal(client);
  });

  it("of AWS that fails in a region that is not enabled says so, with the next command", async () => {
    answer = (_request, response) =>
      response
        .writeHead(401, { "content-type": "text/xml" })
        .end(
          "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided " +
            "access credentials</Message></Error></Errors><RequestID>1</RequestID></Response>",
        );
    const client = awsClient(EC2Client, { region: "ap-southeast-7" }, { ...keys, endpoint }, env());
    const error = await rejection(client.send(new DescribeVpcsCommand({})));
    expect(error.name).to.equal("AuthFailure");
    expect(error.message).to.match(
      /^AWS was not able to validate the provided access credentials\. ap-southeast-7 is an opt-in region/,
    );
    expect(error.message).to.contain("`aws account enable-region --region-name ap-southeast-7`");
  });

  it("to the Kubernetes API goes through HTTPS_PROXY, and ends with the operation", async () => {
    proxy.swallow(/./);
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: "k1", server: "https://api.k1.test", skipTLSVerify: true }, { name: "me" });
    const error = await stopped(
      () => apiClient(config, CoreV1Api, { env: env() }).listNode(),
      () => proxy.seen.length > 0,
    );
    expect(error.message).to.match(/abort|timeouts\.update is 30s/);
    expect(proxy.seen).to.deep.equal(["CONNECT api.k1.test:443"]);
  });

  it("for a download follows redirects through the proxy, and gives the whole body", async () => {
    answer = (request, response) => {
      if (request.url === "/from") response.writeHead(302, { location: "http://two.test/to" }).end();
      else response.end("content");
    };
    const options = { redirect: "follow", timeout: 5000, env: env() } as const;
    const found = await boundedFetch("http://one.test/from", options);
    expect([found.status, await found.text()]).to.deep.equal([200, "content"]);
    expect(proxy.seen).to.deep.equal(["GET one.test", "GET two.test"]);
    const refused = await rejection(boundedFetch("http://one.test/from", { ...options, redirect: "error" }));
    expect(refused.message).to.equal("one.test redirects to two.test");
  });

  it("for a download ends when nothing arrives any more, and with the operation", async () => {
    let begun = false;
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      begun = true;
    };
    const read = async (idle: number): Promise<string> =>
      (await boundedFetch(endpoint, { redirect: "follow", timeout: 5000, idle, env: env() })).text();
    expect((await rejection(read(100))).message).to.contain("sent nothing for 0.1 s");
    begun = false;
    expect(
      (
        await stopped(
          () => read(5000),
          () => begun,
        )
      ).message,
    ).to.equal("timeouts.update is 30s");
  });
});
