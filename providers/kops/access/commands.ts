import type { TunnelChoice } from "./choice.ts";

/** The address of the API as the far end of a tunnel knows it. */
export interface ApiAddress {
  host: string;
  port: number;
}

type Of<Access extends TunnelChoice["access"]> = Extract<TunnelChoice, { access: Access }>;

/** The AWS command line with its session-manager-plugin. */
export function ssmArgv(target: string, { host, port }: ApiAddress, localPort: number): string[] {
  const parameters = { host: [host], portNumber: [String(port)], localPortNumber: [String(localPort)] };
  return [
    "aws",
    "ssm",
    "start-session",
    "--target",
    target,
    "--document-name",
    "AWS-StartPortForwardingSessionToRemoteHost",
    "--parameters",
    JSON.stringify(parameters),
  ];
}

/** OpenSSH puts IPv6 addresses in brackets. */
const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/**
 * OpenSSH with the user's configuration, except for what a tunnel needs: no prompts, an end when it cannot listen and
 * soon after the connection dies, and a process of its own instead of a shared connection that outlives it.
 */
export function bastionArgv({ via, options }: Of<"bastion">, { host, port }: ApiAddress, localPort: number): string[] {
  const settings = {
    BatchMode: "yes",
    ExitOnForwardFailure: "yes",
    ServerAliveInterval: "10",
    ServerAliveCountMax: "3",
    ControlMaster: "no",
    ControlPath: "none",
    ForkAfterAuthentication: "no",
  };
  return [
    "ssh",
    "-N",
    "-T",
    ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
    ...options,
    "-L",
    `127.0.0.1:${localPort}:${bracketed(host)}:${port}`,
    via,
  ];
}

/** The user's own command, with the placeholders filled in. */
export function ownArgv(
  { command }: Of<"command">,
  cluster: string,
  { host, port }: ApiAddress,
  localPort: number,
): string[] {
  const values: Record<string, string> = { host, port: String(port), localPort: String(localPort), cluster };
  return command.map((word) =>
    word.replaceAll(/\{(host|port|localPort|cluster)\}/g, (_whole, name: string) => values[name] ?? ""),
  );
}
