import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import * as grpc from "@grpc/grpc-js";
import type pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { sdkVersion } from "../../../../local/plugins/aws/shared/schema.ts";
import { PluginClient } from "../plugin-client.ts";
import { forTypeScript } from "../../../../local/base/typescript.ts";

const main = join(import.meta.dirname, "..", "..", "..", "..", "local", "plugins", "aws", "main.ts");

describe("the process of the stand-in for the AWS plugin", function () {
  this.timeout(30_000);

  it("prints its port, answers with the installed SDK's version, and ends with the engine", async () => {
    const engine = new grpc.Server();
    const address = await new Promise<number>((resolve, reject) => {
      engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
    const plugin = spawn(process.execPath, [...forTypeScript(), main, "-v=9", `127.0.0.1:${address}`], {
      cwd: join(main, "..", "..", "..", ".."),
      env: { PATH: process.env["PATH"], AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [port] = (await once(createInterface({ input: plugin.stdout }), "line")) as [string];
      expect(port).to.match(/^\d+$/);
      const client = new PluginClient(Number(port));
      const info = (await client.raw("getPluginInfo", new empty.Empty())) as pluginproto.PluginInfo;
      expect(info.getVersion()).to.equal(sdkVersion);
      client.close();
      const ended = once(plugin, "exit");
      engine.forceShutdown();
      expect(await ended).to.deep.equal([1, null]);
    } finally {
      engine.forceShutdown();
      plugin.kill("SIGKILL");
    }
  });
});
