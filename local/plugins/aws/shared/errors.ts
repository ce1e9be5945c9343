import { messageOf } from "../../protocol/errors.ts";

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Whether an AWS error means that the requested object does not exist. The codes differ by service:
 * `InvalidVpcID.NotFound`, `NatGatewayNotFound`, `NoSuchHostedZone`, `NoSuchEntity`, `NotFoundException`, and S3
 * `NotFound` if a HEAD answer has no body.
 */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(\w+\.NotFound|\w*NotFound(Exception|Fault|Error)?|NoSuch\w+(Exception)?)$/.test(error.name)
  );
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(error.name);
}

/** Runs a request. If it fails, the error says what the request was for, and keeps AWS's code as its name. */
export async function explain<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (
      error instanceof Error &&
      /ECONNREFUSED|ECONNRESET/.test(`${error.name} ${error.message} ${String((error as { code?: unknown }).code)}`)
    ) {
      throw new Error(
        `${what}: the AWS endpoint does not answer (${messageOf(error) || error.name}); start the local cloud ` +
          `with \`npm start\``,
        { cause: error },
      );
    }
    const status = (error as ServiceError).$metadata?.httpStatusCode;
    if (!(error instanceof Error) || status === undefined) throw error;
    const explained = new Error(`${what}: ${error.name}: ${error.message} (HTTP ${status})`, { cause: error });
    explained.name = error.name;
    throw explained;
  }
}

/** The answer, or undefined if the requested object does not exist. */
export async function ifThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
