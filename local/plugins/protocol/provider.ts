import type { Props } from "./values.ts";

/** A provider, independent of the protocol: `server.ts` maps the engine's calls to it. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  checkConfig(request: ConfigRequest): Promise<CheckResult>;
  diffConfig(request: DiffRequest): Promise<DiffResult>;
  configure(inputs: Props, secrets: ReadonlySet<string>): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<CreateResult>;
  /** `undefined` means that the resource does not exist. Any other failure is thrown. */
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

/** Limits of a long operation: its time limit in seconds (0: none given), and the engine's cancellation. */
interface Bounds {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface CheckRequest extends ResourceRequest {
  readonly olds: Props;
  readonly news: Props;
  /** Random per resource, the same in preview and update: names are derived from it. */
  readonly seed: Uint8Array;
  /** The name from the engine's own naming configuration. */
  readonly autoname?: { readonly proposed: string; readonly enforced: boolean; readonly disabled: boolean };
}

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Props;
  readonly failures: readonly CheckFailure[];
  /** Inputs that are secret although they did not arrive so. */
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
  /** Empty for a lookup or an import. */
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
