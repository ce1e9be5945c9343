import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";

/**
 * Property values of the engine's protocol: JSON, plus a value that is not known yet, plus assets. Which of them are
 * secret is kept apart from the values (see `decode`), so that a handler never meets a wrapper.
 */
export type Value = null | boolean | number | string | typeof UNKNOWN | Asset | Value[] | Props;
export interface Props {
  [name: string]: Value;
}

/** A value that is known only after something else exists. Occurs only in previews. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** An asset or archive. No stand-in reads one; it is kept so that an error can name it. */
export class Asset {
  readonly raw: Record<string, unknown>;
  constructor(raw: Record<string, unknown>) {
    this.raw = raw;
  }
}

// Fixed by the protocol: https://github.com/pulumi/pulumi, sdk/go/common/resource (signatures) and plugin/rpc.go
// (sentinels).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SENTINELS: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // a boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // a number
  UNKNOWN_STRING, // a string
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // an array
  "030794c1-ac77-496b-92df-f27374a8bd58", // an asset
  "e48ece36-62e2-4504-bad9-02848725956a", // an archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // an object
]);

export interface Decoded {
  readonly props: Props;
  /** Names of the properties that are secret or contain a secret. */
  readonly secrets: ReadonlySet<string>;
}

/** Decodes a struct of the protocol. */
export function decode(struct: Record<string, unknown>): Decoded {
  const props: Props = {};
  const secrets = new Set<string>();
  for (const [name, raw] of Object.entries(struct)) {
    props[name] = decodeValue(raw, () => secrets.add(name));
  }
  return { props, secrets };
}

function decodeValue(raw: unknown, secret: () => void): Value {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "string") return SENTINELS.has(raw) ? UNKNOWN : raw;
  if (typeof raw === "boolean" || typeof raw === "number") return raw;
  if (Array.isArray(raw)) return raw.map((item) => decodeValue(item, secret));
  if (typeof raw !== "object") throw new Error(`a value of type ${typeof raw} cannot be in a property`);
  const object = raw as Record<string, unknown>;
  switch (object[SIGNATURE]) {
    case undefined: {
      const props: Props = {};
      for (const [name, value] of Object.entries(object)) props[name] = decodeValue(value, secret);
      return props;
    }
    case SECRET:
      secret();
      return decodeValue(object["value"], secret);
    case OUTPUT:
      if (object["secret"] === true) secret();
      return "value" in object ? decodeValue(object["value"], secret) : UNKNOWN;
    case RESOURCE: {
      // A resource in place of a string means its id (Pulumi sends it so to providers without references).
      const id = object["id"];
      return typeof id === "string" && id !== "" && !SENTINELS.has(id) ? id : UNKNOWN;
    }
    case ASSET:
    case ARCHIVE:
      return new Asset(object);
    default:
      throw new Error(`a property has a signature this plugin does not know: ${String(object[SIGNATURE])}`);
  }
}

/** Encodes properties for the protocol and wraps those named in `secrets`. */
export function encode(props: Props, secrets: ReadonlySet<string> = new Set()): Record<string, JavaScriptValue> {
  const struct: Record<string, JavaScriptValue> = {};
  for (const [name, value] of Object.entries(props)) {
    const encoded = encodeValue(value);
    struct[name] = secrets.has(name) ? { [SIGNATURE]: SECRET, value: encoded } : encoded;
  }
  return struct;
}

function encodeValue(value: Value): JavaScriptValue {
  if (value === UNKNOWN) return UNKNOWN_STRING;
  if (value instanceof Asset) return value.raw as Record<string, JavaScriptValue>;
  if (Array.isArray(value)) return value.map(encodeValue);
  if (typeof value === "object" && value !== null) return encode(value);
  return value;
}

export function isProps(value: Value | undefined): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Asset);
}

export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isProps(value) && Object.values(value).some(hasUnknown);
}

/** Removes `undefined` at any depth, so that "does not exist" has only one form. */
export function compact(value: Record<string, unknown>): Props {
  const props: Props = {};
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined && item !== null) props[name] = compactValue(item);
  }
  return props;
}

function compactValue(value: unknown): Value {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined && item !== null).map(compactValue);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Asset) return value;
  if (typeof value === "object" && value !== null) return compact(value as Record<string, unknown>);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === UNKNOWN)
    return value;
  throw new Error(`a value of type ${typeof value} cannot be in a property`);
}
