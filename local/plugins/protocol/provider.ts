import type { Props } from "./values.ts";

/** What a plugin does, free of the wire: `server.ts` turns the engine's calls into these. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  checkConfig(request: ConfigRequest): Promise<CheckResult>;
  diffConfig(request: DiffRequest): Promise<DiffResult>;
  configure(inputs: Props, secrets: ReadonlySet<string>): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<CreateResult>;
  /** `undefined` says that the resource is not there. Whatever else goes wrong is thrown. */
  read(request: ReadRequest): Promise<ReadResult | undefined>;
  update(request: UpdateRequest): Promise<UpdateResult>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(token: string, args: Props): Promise<InvokeResult>;
}

export interface ConfigRequest {
  readonly urn: string;
  readonly news: Props;
}

interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
}

/** What an operation that can take long is given: seconds it may take (0: not said), and the engine's cancellation. */
interface Bounds {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface CheckRequest extends ResourceRequest {
  readonly olds: Props;
  readonly news: Props;
  /** Random per resource and stable between preview and update: names are made from it. */
  readonly seed: Uint8Array;
  /** The name that the engine's own naming configuration asks for. */
  readonly autoname?: { readonly proposed: string; readonly enforced: boolean; readonly disabled: boolean };
}

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Props;
  readonly failures: readonly CheckFailure[];
  /** Inputs that are secret beyond those that came in so. */
  readonly secrets?: ReadonlySet<string>;
}

export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  /** The resource's state. */
  readonly olds: Props;
  readonly oldInputs: Props;
  readonly news: Props;
  readonly ignoreChanges: readonly string[];
}

export interface PropertyChange {
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replace: boolean;
}

export interface DiffResult {
  readonly changes: readonly PropertyChange[];
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends ResourceRequest, Bounds {
  readonly inputs: Props;
  readonly preview: boolean;
}

export interface CreateResult {
  /** Empty in a preview. */
  readonly id: string;
  readonly outputs: Props;
}

export interface ReadRequest extends ResourceRequest, Bounds {
  readonly id: string;
  readonly state: Props;
  /** Empty for a resource that is looked up or imported. */
  readonly inputs: Props;
}

export interface ReadResult {
  readonly id: string;
  readonly state: Props;
  readonly inputs: Props;
}

export interface UpdateRequest extends ResourceRequest, Bounds {
  readonly id: string;
  readonly olds: Props;
  readonly oldInputs: Props;
  readonly news: Props;
  readonly preview: boolean;
}

export interface UpdateResult {
  readonly outputs: Props;
}

export interface DeleteRequest extends ResourceRequest, Bounds {
  readonly id: string;
  readonly state: Props;
}

export interface InvokeResult {
  readonly outputs: Props;
  readonly failures: readonly CheckFailure[];
}
