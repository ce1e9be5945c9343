import { createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** An HTTP proxy on this machine that forwards everything to one server, whatever name it is asked for. */
export interface Proxy {
  readonly url: string;
  /** `METHOD host` of each request and tunnel. */
  readonly seen: string[];
  /** Takes requests to matching hosts from now on, and never answers them. */
  swallow(host: RegExp | undefined): void;
  /** The status for tunnels. @default 502 */
  tunnels: number;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let swallowed: RegExp | undefined;
  const seen: string[] = [];
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? "", target);
    seen.push(`${asked.method ?? ""} ${url.hostname}`);
    if (swallowed?.test(url.hostname)) return;
    // moto takes a bucket's name from any other host.
    const headers = { ...asked.headers, host: `${hostname}:${port}` };
    const forwarded = request(
      { hostname, port, method: asked.method, path: url.pathname + url.search, headers },
      (from) => {
        answer.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(answer);
      },
    );
    forwarded.on("error", () => answer.destroy());
    asked.pipe(forwarded);
  });
  const proxy = { tunnels: 502 };
  server.on("connect", (asked, socket) => {
    seen.push(`CONNECT ${asked.url ?? ""}`);
    if (swallowed?.test(asked.url ?? "")) return;
    socket.end(`HTTP/1.1 ${proxy.tunnels} Refused\r\n\r\n`);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    swallow(host: RegExp | undefined) {
      swallowed = host;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  });
}
