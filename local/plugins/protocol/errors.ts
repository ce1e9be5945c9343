import type { Props } from "./values.ts";

/**
 * A resource was created and has an id, but a later step failed. The engine saves the id and the properties and returns
 * to the resource in the next `up`; otherwise it would be forgotten.
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

/** For what this plugin does not support: names it, and the alternative. */
export class UnsupportedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsupportedError";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
