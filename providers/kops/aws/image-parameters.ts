import type { AwsIdentity } from "./identity.ts";
import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import { awsClient } from "./client.ts";

/** Milliseconds that Systems Manager may take to answer. */
const patience = 10_000;

/** The image that each parameter, `ssm:<name>`, holds now, by parameter. */
export async function resolveParameters(
  identity: AwsIdentity,
  parameters: readonly string[],
): Promise<Record<string, string>> {
  const { GetParameterCommand, ParameterNotFound, SSMClient } = await import("@aws-sdk/client-ssm");
  const client = awsClient(SSMClient, identity);
  const found = await Promise.all(
    [...new Set(parameters)].map(async (parameter): Promise<[string, string]> => {
      const Name = parameter.slice("ssm:".length);
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name }), {
          abortSignal: AbortSignal.timeout(patience),
        });
        return [parameter, Parameter?.Value ?? ""];
      } catch (error) {
        if (error instanceof ParameterNotFound) {
          throw new ConfigError(
            {
              what: `The image ${parameter} cannot be resolved`,
              why: `there is no parameter ${Name} in ${identity.region}`,
              next: "correct the image of the instance group",
            },
            error,
          );
        }
        throw new KopsError(
          {
            what: `The image ${parameter} cannot be resolved`,
            why: messageOf(error),
            next: "allow ssm:GetParameter to this run, then run the same command again",
          },
          error,
        );
      }
    }),
  );
  return Object.fromEntries(found);
}
