import type { Props } from "./values.ts";

/**
 * Something was made and has an id, but not all of it could be done. The engine saves the id and the properties and
 * comes back to the resource in the next `up`; without this the half-made thing would be forgotten.
 */
export class PartialFailure extends Error {
  readonly id: string;
  readonly properties: Props;
  constructor(message: string, id: string, properties: Props, options?: ErrorOptions) {
    super(message, options);
    this.name = "PartialFailure";
    this.id = id;
    this.properties = properties;
  }
}

/** Said of what this plugin does not have: always names the thing, and what there is instead. */
export class UnsupportedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsupportedError";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
