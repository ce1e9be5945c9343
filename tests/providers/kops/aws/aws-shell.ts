/** Makes this process a shell with keys for an AWS at this endpoint. Returns what restores it. */
export function awsShell(endpoint: string): () => void {
  const shell = { ...process.env };
  const clear = (): void => {
    for (const name of Object.keys(process.env)) if (/^AWS_/.test(name)) Reflect.deleteProperty(process.env, name);
  };
  clear();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  return () => {
    clear();
    Object.assign(process.env, shell);
  };
}
