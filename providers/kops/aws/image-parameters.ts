import type { AwsIdentity } from "./identity.ts";
import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import { awsClient } from "./client.ts";

/** Milliseconds that Systems Manager may take to answer. */
const patience = 10_000;

/** The value of a Systems Manager parameter; undefined if the region has none of that name. */
export async function parameterValue(
  identity: AwsIdentity,
  name: string,
  abortSignal: AbortSignal,
  more?: { maxAttempts: number },
): Promise<string | undefined> {
  const { GetParameterCommand, ParameterNotFound, SSMClient } = await import("@aws-sdk/client-ssm");
  try {
    const client = awsClient(SSMClient, identity, more);
    return (await client.send(new GetParameterCommand({ Name: name }), { abortSignal })).Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** The image that each parameter, `ssm:<name>`, holds now, by parameter. */
export async function resolveParameters(
  identity: AwsIdentity,
  parameters: readonly string[],
): Promise<Record<string, string>> {
  const found = await Promise.all(
    [...new Set(parameters)].map(async (parameter): Promise<[string, string]> => {
      const name = parameter.slice("ssm:".length);
      const value = await parameterValue(identity, name, AbortSignal.timeout(patience)).catch((error: unknown) => {
        throw new KopsError(
          {
            what: `The image ${parameter} cannot be resolved`,
            why: messageOf(error),
            next: "allow ssm:GetParameter to this run, then run the same command again",
          },
          error,
        );
      });
      if (value === undefined)
        throw new ConfigError({
          what: `The image ${parameter} cannot be resolved`,
          why: `there is no parameter ${name} in ${identity.region}`,
          next: "correct the image of the instance group",
        });
      return [parameter, value];
    }),
  );
  return Object.fromEntries(found);
}
