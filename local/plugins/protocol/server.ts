import * as grpc from "@grpc/grpc-js";
import anyproto from "google-protobuf/google/protobuf/any_pb.js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import structproto from "google-protobuf/google/protobuf/struct_pb.js";
import pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import { messageOf, PartialFailure } from "./errors.ts";
import type { CheckFailure, CheckRequest, DiffResult, Provider } from "./provider.ts";
import { decode, encode, isProps, type Decoded, type Props, type Value } from "./values.ts";

// The engine sends whole states in one message, with no lower limit of its own.
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

type Handler<Q, S> = (request: Q) => Promise<S>;

/** Serves a provider to the engine on a free loopback port. */
export async function serve(
  provider: Provider,
  cancellation: AbortController,
): Promise<{ server: grpc.Server; port: number }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(services.ResourceProviderService, implementation(provider, cancellation));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { server, port };
}

function implementation(provider: Provider, cancellation: AbortController): grpc.UntypedServiceImplementation {
  const bounds = (timeout: number): { timeout: number; signal: AbortSignal } => ({
    timeout,
    signal: cancellation.signal,
  });

  const implemented: grpc.UntypedServiceImplementation = {
    getPluginInfo: unary(() => Promise.resolve(new pluginproto.PluginInfo().setVersion(provider.version))),

    getSchema: unary(() =>
      // Only code generators ask for it; the program's types come from the installed SDK.
      Promise.resolve(
        new proto.GetSchemaResponse().setSchema(JSON.stringify({ name: provider.name, version: provider.version })),
      ),
    ),

    cancel: unary(() => {
      cancellation.abort(new Error("cancelled: Pulumi asked this plugin to stop"));
      return Promise.resolve(new emptyproto.Empty());
    }),

    checkConfig: unary(async (request: proto.CheckRequest) => {
      const news = open(request.getNews());
      const { inputs, failures, secrets } = await provider.checkConfig({ urn: request.getUrn(), news: news.props });
      return checkResponse(inputs, failures, union(news.secrets, secrets));
    }),

    diffConfig: unary(async (request: proto.DiffRequest) =>
      diffResponse(await provider.diffConfig(diffRequest(request))),
    ),

    configure: unary(async (request: proto.ConfigureRequest) => {
      const args = open(request.getArgs());
      await provider.configure(args.props, args.secrets);
      // Neither outputs nor resource references: the engine then sends only plain values, unknowns and secrets.
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    check: unary(async (request: proto.CheckRequest) => {
      const news = open(request.getNews());
      const autonaming = request.getAutonaming();
      const modes = proto.CheckRequest.AutonamingOptions.Mode;
      const check: CheckRequest = {
        ...subject(request.getUrn()),
        olds: open(request.getOlds()).props,
        news: news.props,
        seed: request.getRandomseed_asU8(),
        ...(autonaming && {
          autoname: {
            proposed: autonaming.getProposedName(),
            enforced: autonaming.getMode() === modes.ENFORCE,
            disabled: autonaming.getMode() === modes.DISABLE,
          },
        }),
      };
      const { inputs, failures, secrets } = await provider.check(check);
      return checkResponse(inputs, failures, union(news.secrets, secrets));
    }),

    diff: unary(async (request: proto.DiffRequest) => diffResponse(await provider.diff(diffRequest(request)))),

    create: unary(async (request: proto.CreateRequest) => {
      const inputs = open(request.getProperties());
      return keepingPartial(inputs.secrets, async () => {
        const { id, outputs } = await provider.create({
          ...subject(request.getUrn()),
          ...bounds(request.getTimeout()),
          inputs: inputs.props,
          preview: request.getPreview(),
        });
        return new proto.CreateResponse().setId(id).setProperties(close(outputs, inputs.secrets));
      });
    }),

    read: unary(async (request: proto.ReadRequest) => {
      const state = open(request.getProperties());
      const inputs = open(request.getInputs());
      const found = await provider.read({
        ...subject(request.getUrn()),
        ...bounds(request.getTimeout()),
        id: request.getId(),
        state: state.props,
        inputs: inputs.props,
      });
      // In the protocol, an empty id means "does not exist".
      if (found === undefined) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(found.id)
        .setProperties(close(found.state, union(state.secrets, inputs.secrets)))
        .setInputs(close(found.inputs, inputs.secrets));
    }),

    update: unary(async (request: proto.UpdateRequest) => {
      const news = open(request.getNews());
      const olds = open(request.getOlds());
      return keepingPartial(news.secrets, async () => {
        const { outputs } = await provider.update({
          ...subject(request.getUrn()),
          ...bounds(request.getTimeout()),
          id: request.getId(),
          olds: olds.props,
          oldInputs: open(request.getOldInputs()).props,
          news: news.props,
          preview: request.getPreview(),
        });
        return new proto.UpdateResponse().setProperties(close(outputs, news.secrets));
      });
    }),

    delete: unary(async (request: proto.DeleteRequest) => {
      await provider.delete({
        ...subject(request.getUrn()),
        ...bounds(request.getTimeout()),
        id: request.getId(),
        state: open(request.getProperties()).props,
      });
      return new emptyproto.Empty();
    }),

    invoke: unary(async (request: proto.InvokeRequest) => {
      const args = open(request.getArgs());
      const { outputs, failures } = await provider.invoke(request.getTok(), args.props);
      const secrets = args.secrets.size > 0 ? new Set(Object.keys(outputs)) : new Set<string>();
      return new proto.InvokeResponse().setReturn(close(outputs, secrets)).setFailuresList(failures.map(checkFailure));
    }),
  };

  // The rest of the service (handshake, parameterisation, components, mappings ...): for the engine, this code means
  // "an ordinary plugin without that".
  for (const [method, definition] of Object.entries(services.ResourceProviderService)) {
    implemented[method] ??= unimplemented(method, (definition as { responseStream: boolean }).responseStream);
  }
  return implemented;
}

function unary<Q, S>(handle: Handler<Q, S>): grpc.handleUnaryCall<Q, S> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(serviceError(error));
        },
      );
  };
}

function unimplemented(method: string, stream: boolean): grpc.UntypedHandleCall {
  const error = { code: grpc.status.UNIMPLEMENTED, details: `${method} is not part of this plugin` };
  if (stream)
    return (call: grpc.ServerWritableStream<unknown, unknown>) => {
      call.emit("error", error);
    };
  return (_call: unknown, callback: grpc.sendUnaryData<unknown>) => {
    callback(error);
  };
}

function serviceError(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof WireError) return error.status;
  return { code: grpc.status.UNKNOWN, details: messageOf(error) };
}

class WireError extends Error {
  readonly status: Partial<grpc.StatusObject>;
  constructor(message: string, status: Partial<grpc.StatusObject>) {
    super(message);
    this.status = status;
  }
}

/** Returns a partial failure as a detail of the gRPC status, where the engine looks for the id to save. */
async function keepingPartial<S>(secrets: ReadonlySet<string>, run: () => Promise<S>): Promise<S> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PartialFailure)) throw error;
    const detail = new proto.ErrorResourceInitFailed()
      .setId(error.id)
      .setProperties(close(error.properties, secrets))
      .setReasonsList([error.message]);
    const packed = new anyproto.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new statusproto.Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(error.message);
    status.addDetails(packed);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    throw new WireError(error.message, { code: grpc.status.UNKNOWN, details: error.message, metadata });
  }
}

/** The type and the logical name are the last two parts of a URN; a name may contain `::`. */
export function subject(urn: string): { type: string; name: string; urn: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name: name.join("::"), urn };
}

function diffRequest(request: proto.DiffRequest): Parameters<Provider["diff"]>[0] {
  return {
    ...subject(request.getUrn()),
    id: request.getId(),
    olds: open(request.getOlds()).props,
    oldInputs: open(request.getOldInputs()).props,
    news: open(request.getNews()).props,
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function diffResponse(result: DiffResult): proto.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(result.changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDeletebeforereplace(result.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(true);
  const roots = new Set<string>();
  const replaces = new Set<string>();
  for (const change of result.changes) {
    const root = rootOf(change.path);
    roots.add(root);
    if (change.replace) replaces.add(root);
    // Not an "input diff": it compares the wish with the state, so that drift shows the real state.
    response
      .getDetaileddiffMap()
      .set(change.path, new proto.PropertyDiff().setKind(kindOf(change.kind, change.replace)).setInputdiff(false));
  }
  return response.setDiffsList([...roots]).setReplacesList([...replaces]);
}

function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function kindOf(kind: "add" | "delete" | "update", replace: boolean): proto.PropertyDiff.Kind {
  const kinds = proto.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replace ? kinds.ADD_REPLACE : kinds.ADD;
    case "delete":
      return replace ? kinds.DELETE_REPLACE : kinds.DELETE;
    case "update":
      return replace ? kinds.UPDATE_REPLACE : kinds.UPDATE;
  }
}

function checkResponse(
  inputs: Props,
  failures: readonly CheckFailure[],
  secrets: ReadonlySet<string>,
): proto.CheckResponse {
  return new proto.CheckResponse().setInputs(close(inputs, secrets)).setFailuresList(failures.map(checkFailure));
}

function checkFailure({ property, reason }: CheckFailure): proto.CheckFailure {
  return new proto.CheckFailure().setProperty(property).setReason(reason);
}

function open(struct: structproto.Struct | undefined): Decoded {
  return decode(struct?.toJavaScript() ?? {});
}

/**
 * Wraps secrets. A value may appear under another name than it arrived under (`tags` in `tagsAll`), so whatever repeats
 * a secret string is secret, too.
 */
function close(props: Props, secrets: ReadonlySet<string>): structproto.Struct {
  if (secrets.size === 0) return structproto.Struct.fromJavaScript(encode(props));
  const values = new Set<string>();
  for (const name of secrets) collectStrings(props[name], values);
  const spread = Object.keys(props).filter((name) => name !== "id" && repeats(props[name], values));
  return structproto.Struct.fromJavaScript(encode(props, new Set([...secrets, ...spread])));
}

function collectStrings(value: Value | undefined, into: Set<string>): void {
  if (typeof value === "string" && value.length > 3) into.add(value);
  else if (Array.isArray(value)) for (const item of value) collectStrings(item, into);
  else if (isProps(value)) for (const item of Object.values(value)) collectStrings(item, into);
}

function repeats(value: Value | undefined, secret: ReadonlySet<string>): boolean {
  if (typeof value === "string") return secret.has(value);
  if (Array.isArray(value)) return value.some((item) => repeats(item, secret));
  return isProps(value) && Object.values(value).some((item) => repeats(item, secret));
}

function union(one: ReadonlySet<string>, other: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  return new Set([...one, ...other]);
}
