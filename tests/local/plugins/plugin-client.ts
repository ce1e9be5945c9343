import * as grpc from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import structproto from "google-protobuf/google/protobuf/struct_pb.js";
import { decode, encode, type Props } from "../../../local/plugins/protocol/values.ts";

export interface Checked {
  readonly inputs: Props;
  readonly secrets: ReadonlySet<string>;
  readonly failures: readonly { property: string; reason: string }[];
}

export interface Diffed {
  readonly changes: boolean;
  readonly replaces: readonly string[];
  /** Path to kind, as the engine shows them. */
  readonly paths: Readonly<Record<string, string>>;
  readonly deleteBeforeReplace: boolean;
}

export interface ReadBack {
  readonly id: string;
  readonly state: Props;
  readonly inputs: Props;
  readonly secrets: ReadonlySet<string>;
}

interface Unary {
  (request: unknown, callback: (error: grpc.ServiceError | null, response: unknown) => void): unknown;
}

const struct = (props: Props, secrets: readonly string[] = []): structproto.Struct =>
  structproto.Struct.fromJavaScript(encode(props, new Set(secrets)));
const open = (value: structproto.Struct | undefined): ReturnType<typeof decode> => decode(value?.toJavaScript() ?? {});

/** A minimal engine side of the wire, so the tests see what the engine would receive. */
export class PluginClient {
  private readonly client: InstanceType<typeof services.ResourceProviderClient>;

  constructor(port: number) {
    this.client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  close(): void {
    this.client.close();
  }

  private ask<S>(method: string, request: unknown): Promise<S> {
    const call = (this.client as unknown as Record<string, Unary>)[method];
    if (call === undefined) throw new Error(`the protocol has no ${method}`);
    return new Promise((resolve, reject) => {
      call.call(this.client, request, (error, response) => {
        if (error) reject(error);
        else resolve(response as S);
      });
    });
  }

  raw(method: string, request: unknown): Promise<unknown> {
    return this.ask(method, request);
  }

  urn(type: string, name: string): string {
    return `urn:pulumi:test::trial::${type}::${name}`;
  }

  async checkConfig(news: Props): Promise<Checked> {
    return checked(
      await this.ask<proto.CheckResponse>(
        "checkConfig",
        new proto.CheckRequest().setUrn(this.urn("pulumi:providers:aws", "p")).setNews(struct(news)),
      ),
    );
  }

  async diffConfig(olds: Props, news: Props): Promise<Diffed> {
    const request = new proto.DiffRequest()
      .setUrn(this.urn("pulumi:providers:aws", "p"))
      .setOlds(struct(olds))
      .setOldInputs(struct(olds))
      .setNews(struct(news));
    return diffed(await this.ask<proto.DiffResponse>("diffConfig", request));
  }

  async configure(args: Props): Promise<proto.ConfigureResponse> {
    return this.ask("configure", new proto.ConfigureRequest().setArgs(struct(args)).setAcceptsecrets(true));
  }

  async check(
    type: string,
    name: string,
    news: Props,
    olds: Props = {},
    secrets: readonly string[] = [],
  ): Promise<Checked> {
    const request = new proto.CheckRequest()
      .setUrn(this.urn(type, name))
      .setOlds(struct(olds))
      .setNews(struct(news, secrets))
      .setRandomseed(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
    return checked(await this.ask<proto.CheckResponse>("check", request));
  }

  async diff(
    type: string,
    name: string,
    id: string,
    olds: Props,
    news: Props,
    oldInputs: Props = {},
    ignoreChanges: string[] = [],
  ): Promise<Diffed> {
    const request = new proto.DiffRequest()
      .setUrn(this.urn(type, name))
      .setId(id)
      .setOlds(struct(olds))
      .setOldInputs(struct(oldInputs))
      .setNews(struct(news))
      .setIgnorechangesList(ignoreChanges);
    return diffed(await this.ask<proto.DiffResponse>("diff", request));
  }

  async create(
    type: string,
    name: string,
    inputs: Props,
    options: { preview?: boolean; timeout?: number; secrets?: readonly string[] } = {},
  ): Promise<{ id: string; outputs: Props; secrets: ReadonlySet<string> }> {
    const request = new proto.CreateRequest()
      .setUrn(this.urn(type, name))
      .setProperties(struct(inputs, options.secrets))
      .setPreview(options.preview ?? false)
      .setTimeout(options.timeout ?? 0);
    const response = await this.ask<proto.CreateResponse>("create", request);
    const { props, secrets } = open(response.getProperties());
    return { id: response.getId(), outputs: props, secrets };
  }

  async read(
    type: string,
    name: string,
    id: string,
    state: Props = {},
    inputs: Props = {},
  ): Promise<ReadBack | undefined> {
    const request = new proto.ReadRequest()
      .setUrn(this.urn(type, name))
      .setId(id)
      .setProperties(struct(state))
      .setInputs(struct(inputs));
    const response = await this.ask<proto.ReadResponse>("read", request);
    if (response.getId() === "") return undefined;
    const { props, secrets } = open(response.getProperties());
    return { id: response.getId(), state: props, inputs: open(response.getInputs()).props, secrets };
  }

  async update(
    type: string,
    name: string,
    id: string,
    olds: Props,
    news: Props,
    options: { preview?: boolean; oldInputs?: Props } = {},
  ): Promise<Props> {
    const request = new proto.UpdateRequest()
      .setUrn(this.urn(type, name))
      .setId(id)
      .setOlds(struct(olds))
      .setOldInputs(struct(options.oldInputs ?? {}))
      .setNews(struct(news))
      .setPreview(options.preview ?? false);
    return open((await this.ask<proto.UpdateResponse>("update", request)).getProperties()).props;
  }

  async delete(type: string, name: string, id: string, state: Props): Promise<void> {
    await this.ask(
      "pb_delete" in this.client ? "pb_delete" : "delete",
      new proto.DeleteRequest().setUrn(this.urn(type, name)).setId(id).setProperties(struct(state)),
    );
  }

  async invoke(
    token: string,
    args: Props,
  ): Promise<{ outputs: Props; failures: readonly { property: string; reason: string }[] }> {
    const response = await this.ask<proto.InvokeResponse>(
      "invoke",
      new proto.InvokeRequest().setTok(token).setArgs(struct(args)),
    );
    return { outputs: open(response.getReturn()).props, failures: failuresOf(response.getFailuresList()) };
  }
}

function checked(response: proto.CheckResponse): Checked {
  const { props, secrets } = open(response.getInputs());
  return { inputs: props, secrets, failures: failuresOf(response.getFailuresList()) };
}

function failuresOf(list: readonly proto.CheckFailure[]): { property: string; reason: string }[] {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function diffed(response: proto.DiffResponse): Diffed {
  const paths: Record<string, string> = {};
  response.getDetaileddiffMap().forEach((change, path) => {
    paths[path] = Object.entries(proto.PropertyDiff.Kind).find(([, kind]) => kind === change.getKind())?.[0] ?? "?";
  });
  return {
    changes: response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
    replaces: response.getReplacesList(),
    paths,
    deleteBeforeReplace: response.getDeletebeforereplace(),
  };
}
