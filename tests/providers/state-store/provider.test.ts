import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import * as provider from "../../../providers/state-store/provider.ts";
import { shim } from "../../../providers/state-store/shim.ts";
import { rejection } from "../../local/rejection.ts";
import { withSettings } from "../kops/served-store.ts";

const documents = {
  bucket: "the-oidc",
  kind: "discovery",
  stateBucket: "the-state",
  onDestroy: "purge",
  region: "ap-southeast-2",
  __provider: "text",
};
const state = { ...documents, bucket: "the-state", kind: "state" };

/** Runs something while S3 answers all requests with this; returns their methods and paths. */
async function withS3(status: number, body: string, work: () => Promise<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url?.split("?")[0] ?? ""}`);
    response.writeHead(status, { "content-type": "application/xml" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await withSettings(
      { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: "test", S3_SECRET_ACCESS_KEY: "test", AWS_MAX_ATTEMPTS: "1" },
      work,
    );
    return asked;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("the provider of a bucket's contents", () => {
  it("has the same bytes in the state forever", () => {
    expect(createHash("sha256").update(shim).digest("hex").slice(0, 16)).to.equal("700ffb88a6efd843");
  });

  it("changes the destroy setting in place, so that undoing `purge` purges nothing", async () => {
    expect(await provider.diff("the-oidc", documents, { ...documents, onDestroy: "retain" })).to.deep.equal({
      changes: true,
    });
    expect(await provider.diff("the-oidc", documents, documents)).to.deep.equal({ changes: false });
    expect((await provider.update("the-oidc", documents, { ...documents, onDestroy: "retain" })).outs)
      .to.include({ onDestroy: "retain" })
      .and.not.to.have.property("__provider");
  });

  it("replaces the resource for another bucket or account", async () => {
    await withS3(404, "<Error><Code>NoSuchBucket</Code></Error>", async () => {
      expect(await provider.diff("the-oidc", documents, { ...documents, bucket: "other" })).to.deep.equal({
        changes: true,
        replaces: ["bucket"],
      });
      expect(
        await provider.diff("the-oidc", documents, { ...documents, role: "arn:aws:iam::999999999999:role/store" }),
      ).to.deep.equal({ changes: true, replaces: ["role"] });
    });
  });

  it("changes the environment's own resource in place, so that its end is always the environment's", async () => {
    const environment = { ...state, kind: "environment", vpcId: "vpc-1" };
    await withS3(404, "<Error><Code>NoSuchBucket</Code></Error>", async () => {
      expect(await provider.diff("the-state", environment, { ...environment, bucket: "other" })).to.deep.equal({
        changes: true,
      });
    });
  });

  it("deletes nothing of a retained bucket, and makes no request", async () => {
    expect(
      await withS3(500, "", async () => {
        await provider.delete("the-state", { ...state, onDestroy: "retain" });
      }),
    ).to.deep.equal([]);
  });

  it("deletes nothing if it cannot list clusters, even if something other than S3 answers not found", async () => {
    for (const [status, body] of [
      [403, "<Error><Code>AccessDenied</Code></Error>"],
      [404, "<html>no such page</html>"],
    ] as const) {
      const asked = await withS3(status, body, async () => {
        expect((await rejection(provider.delete("the-state", state))).message).to.contain("s3://the-state");
      });
      expect(asked.every((one) => one.startsWith("GET "))).to.equal(true);
    }
  });

  it("succeeds for a missing bucket", async () => {
    const asked = await withS3(404, "<Error><Code>NoSuchBucket</Code></Error>", () =>
      provider.delete("the-state", state),
    );
    expect(asked.filter((one) => !one.startsWith("GET "))).to.deep.equal([]);
  });
});
