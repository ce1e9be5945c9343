import { expect } from "chai";
import * as grpc from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import type pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { PartialFailure } from "../../../../local/plugins/protocol/errors.ts";
import type { CreateRequest, Provider } from "../../../../local/plugins/protocol/provider.ts";
import { serve, subject } from "../../../../local/plugins/protocol/server.ts";
import { waitFor } from "../../../../local/plugins/protocol/wait.ts";
import { PluginClient } from "../plugin-client.ts";
import { rejection } from "../../rejection.ts";

const never = (): Promise<never> => Promise.reject(new Error("not part of this test"));

function providerWith(parts: Partial<Provider>): Provider {
  return {
    name: "trial",
    version: "1.2.3",
    checkConfig: never,
    diffConfig: never,
    configure: never,
    check: never,
    diff: never,
    create: never,
    read: never,
    update: never,
    delete: never,
    invoke: never,
    ...parts,
  };
}

describe("a plugin's side of the engine's protocol", () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  const start = async (parts: Partial<Provider>): Promise<PluginClient> => {
    const cancellation = new AbortController();
    const { server, port } = await serve(providerWith(parts), cancellation);
    const client = new PluginClient(port);
    stops.push(() => {
      client.close();
      server.forceShutdown();
    });
    return client;
  };

  it("reports its version, and accepts secrets and previews", async () => {
    const client = await start({ configure: () => Promise.resolve() });
    const info = (await client.raw("getPluginInfo", new empty.Empty())) as pluginproto.PluginInfo;
    expect(info.getVersion()).to.equal("1.2.3");
    const configured = await client.configure({});
    expect([
      configured.getAcceptsecrets(),
      configured.getSupportspreview(),
      configured.getAcceptresources(),
      configured.getAcceptoutputs(),
    ]).to.deep.equal([true, true, false, false]);
  });

  it("reports what it lacks as not implemented", async () => {
    const client = await start({});
    for (const [method, request] of [
      ["handshake", new proto.ProviderHandshakeRequest()],
      ["parameterize", new proto.ParameterizeRequest()],
      ["getMapping", new proto.GetMappingRequest()],
    ] as const) {
      const error = (await rejection(client.raw(method, request))) as grpc.ServiceError;
      expect(error.code, method).to.equal(grpc.status.UNIMPLEMENTED);
    }
  });

  it("passes the type and the name of a resource to the provider", () => {
    expect(subject("urn:pulumi:sbx::pilot::pilot:network:Network$aws:ec2/vpc:Vpc::main")).to.include({
      type: "aws:ec2/vpc:Vpc",
      name: "main",
    });
    expect(subject("urn:pulumi:sbx::pilot::aws:ec2/vpc:Vpc::a::b")).to.include({
      type: "aws:ec2/vpc:Vpc",
      name: "a::b",
    });
  });

  it("returns secrets as secrets, even under another name", async () => {
    const client = await start({
      create: ({ inputs }: CreateRequest) =>
        Promise.resolve({ id: "1", outputs: { ...inputs, all: { word: inputs["word"] ?? null }, plain: "plain" } }),
    });
    const { secrets, outputs } = await client.create(
      "a:b:C",
      "c",
      { word: "a long secret", size: 1 },
      { secrets: ["word"] },
    );
    expect([...secrets].toSorted()).to.deep.equal(["all", "word"]);
    expect(outputs).to.deep.equal({ word: "a long secret", size: 1, all: { word: "a long secret" }, plain: "plain" });
  });

  it("keeps the id of a partly created resource", async () => {
    const client = await start({
      create: () => Promise.reject(new PartialFailure("it never became ready", "nat-1", { subnetId: "s" })),
    });
    const error = (await rejection(client.create("a:b:C", "c", {}))) as grpc.ServiceError;
    expect(error.details).to.equal("it never became ready");
    const [packed] = error.metadata.get("grpc-status-details-bin");
    const status = statusproto.Status.deserializeBinary(packed as Buffer);
    const [detail] = status.getDetailsList();
    const failure = proto.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
    expect([failure.getId(), failure.getReasonsList(), failure.getProperties()?.toJavaScript()]).to.deep.equal([
      "nat-1",
      ["it never became ready"],
      { subnetId: "s" },
    ]);
  });

  it("reports a missing resource with an empty id, and other errors as errors", async () => {
    const client = await start({
      read: ({ id }) => (id === "gone" ? Promise.resolve(undefined) : Promise.reject(new Error("access denied"))),
    });
    expect(await client.read("a:b:C", "c", "gone")).to.equal(undefined);
    expect((await rejection(client.read("a:b:C", "c", "there"))).message).to.include("access denied");
  });

  it("names the roots of a detailed difference, and those that replace", async () => {
    const client = await start({
      diff: () =>
        Promise.resolve({
          changes: [
            { path: 'tags["a.b"]', kind: "add", replace: false },
            { path: "rules[0].port", kind: "update", replace: true },
          ],
          deleteBeforeReplace: true,
        }),
    });
    expect(await client.diff("a:b:C", "c", "1", {}, {})).to.deep.equal({
      changes: true,
      replaces: ["rules"],
      paths: { 'tags["a.b"]': "ADD", "rules[0].port": "UPDATE_REPLACE" },
      deleteBeforeReplace: true,
    });
  });

  it("stops waiting when the engine cancels", async () => {
    let waiting = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const client = await start({
      create: ({ signal }) => {
        waiting();
        return waitFor(() => Promise.resolve({ pending: "creating" }), {
          what: "it",
          timeoutMs: 60_000,
          intervalMs: 60_000,
          signal,
        });
      },
    });
    const failed = rejection(client.create("a:b:C", "c", {}));
    await begun;
    await client.raw("cancel", new empty.Empty());
    expect((await failed).message).to.include("Pulumi asked this plugin to stop");
  });
});
