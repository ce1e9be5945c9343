import { S3Control } from "@aws-sdk/client-s3-control";

/**
 * Client for the settings of an account. The SDK puts the account into the host name, which is no name on this machine.
 */
export function accountSettings(config: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}): S3Control {
  const direct = { disableHostPrefix: true, endpointProvider: () => ({ url: new URL(config.endpoint) }) };
  return new S3Control({ ...config, ...direct });
}
