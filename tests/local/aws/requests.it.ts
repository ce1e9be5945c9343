import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { expect } from "chai";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { given, region } from "./clients.ts";
import { neededOn } from "./pipeline-roles.ts";
import { awsOfSuite } from "./suite.ts";

describe("requests to the AWS server of the local cloud", function () {
  this.timeout(60_000);
  const suite = awsOfSuite();

  it("answers successive requests on one connection, with any kind of answer", async () => {
    const {
      aws,
      clients: { s3 },
    } = suite;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const connections = new Set<unknown>();
    const ask = (
      method: string,
      path: string,
      { body = "", headers = {} }: { body?: string; headers?: Record<string, string> } = {},
    ) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const sent = request(
          `${aws.endpoint}${path}`,
          {
            method,
            agent,
            headers: { authorization: "AWS local:unchecked", ...headers, "content-length": String(body.length) },
          },
          (answer) => {
            let text = "";
            answer
              .setEncoding("utf8")
              .on("data", (chunk: string) => (text += chunk))
              .on("end", () => {
                resolve({ status: answer.statusCode, text });
              });
          },
        );
        sent.on("error", reject).on("socket", (socket) => connections.add(socket));
        if (headers["expect"] === undefined) sent.end(body);
        else sent.on("continue", () => sent.end(body)).flushHeaders();
      });
    try {
      await s3.send(
        new CreateBucketCommand({ Bucket: "kept", CreateBucketConfiguration: { LocationConstraint: region } }),
      );
      const written = "x".repeat(100_000);
      expect((await ask("PUT", "/kept/object", { body: written })).status).to.equal(200);
      expect(
        (await ask("PUT", "/kept/asked", { body: "when asked for", headers: { expect: "100-continue" } })).status,
      ).to.equal(200);
      expect(await ask("HEAD", "/kept/object")).to.deep.equal({ status: 200, text: "" });
      expect(await ask("HEAD", "/kept/nothing")).to.deep.equal({ status: 404, text: "" });
      expect((await ask("GET", "/kept/nothing")).text).to.include("NoSuchKey");
      expect(await ask("DELETE", "/kept/nothing")).to.deep.equal({ status: 204, text: "" });
      expect((await ask("GET", "/_pilot/requests")).status).to.be.a("number");
      expect((await ask("GET", "/kept/asked")).text).to.equal("when asked for");
      expect((await ask("GET", "/kept/object")).text).to.equal(written);
      expect(connections.size).to.equal(1);
    } finally {
      agent.destroy();
    }
  });

  it("does nothing for a request whose client ends before its body", async () => {
    const {
      aws,
      clients: { s3 },
    } = suite;
    await s3.send(
      new CreateBucketCommand({ Bucket: "halved", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    await s3.send(new PutObjectCommand({ Bucket: "halved", Key: "config", Body: "whole" }));
    const signedFor = (service: string): string =>
      `AWS4-HMAC-SHA256 Credential=local-owner/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const { hostname, port } = new URL(aws.endpoint);
    for (const [verb, service, type, sent] of [
      ["PUT /halved/config", "s3", "text/plain", "half"],
      ["POST /", "elasticloadbalancing", "application/x-www-form-urlencoded", "Act"],
    ]) {
      const socket = connect(Number(port), hostname);
      const answered = once(socket, "close");
      socket.resume();
      socket.end(
        `${verb} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${signedFor(given(service))}\r\n` +
          `Content-Type: ${type}\r\nContent-Length: 100\r\n\r\n${sent}`,
      );
      await answered;
    }
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "halved", Key: "config" }));
    expect(await Body?.transformToString()).to.equal("whole");
    expect(JSON.stringify(await neededOn(aws.endpoint))).to.not.include("?");
  });
});
