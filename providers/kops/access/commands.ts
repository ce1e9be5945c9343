import type { TunnelChoice } from "./choice.ts";

/** Where the API is, seen from the far end of a tunnel. */
export interface Remote {
  host: string;
  port: number;
}

type Of<Access extends TunnelChoice["access"]> = Extract<TunnelChoice, { access: Access }>;

/** The AWS command line with its session-manager-plugin. */
export function ssmArgv(target: string, { host, port }: Remote, localPort: number): string[] {
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

/** OpenSSH's notation: addresses of IPv6 stand in brackets. */
const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/**
 * OpenSSH. What the person's configuration says holds, but for what a tunnel of ours must have: nobody is asked
 * anything; it ends when it cannot listen, and soon after the connection is dead; and it is a process of its own, not a
 * part of a shared connection that would outlive it.
 */
export function bastionArgv({ via, options }: Of<"bastion">, { host, port }: Remote, localPort: number): string[] {
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

/** A command of the person's own, with the placeholders filled in. */
export function ownArgv(
  { command }: Of<"command">,
  cluster: string,
  { host, port }: Remote,
  localPort: number,
): string[] {
  const values: Record<string, string> = { host, port: String(port), localPort: String(localPort), cluster };
  return command.map((word) =>
    word.replaceAll(/\{(host|port|localPort|cluster)\}/g, (_whole, name: string) => values[name] ?? ""),
  );
}
