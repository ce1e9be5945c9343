import { messageOf } from "../../protocol/errors.ts";

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Whether an error of AWS says that the thing asked for does not exist. Each service has words of its own:
 * `InvalidVpcID.NotFound`, `NatGatewayNotFound`, `NoSuchHostedZone`, `NoSuchEntity`, `NotFoundException`, and S3
 * `NotFound` where a HEAD answer has no body.
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

/** Runs a request and says, when it fails, what it was for. The code that AWS answered with stays the error's name. */
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

/** The answer, or undefined when what was asked for is not there. */
export async function ifThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
