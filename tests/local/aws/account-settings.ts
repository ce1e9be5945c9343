import { S3Control, type S3ControlClientConfig } from "@aws-sdk/client-s3-control";

/**
 * Client for the settings of an account. The SDK puts the account into the host name, which is no name on this machine.
 */
export function accountSettings(config: S3ControlClientConfig & { endpoint: string }): S3Control {
  const direct = { disableHostPrefix: true, endpointProvider: () => ({ url: new URL(config.endpoint) }) };
  return new S3Control({ ...config, ...direct });
}
