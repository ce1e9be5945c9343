import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { Log } from "../../base/log.ts";

/** Resolves a host name to the address of an API (`https://127.0.0.1:port`); undefined if it is no cluster's. */
export type ApiRoute = (host: string) => Promise<string | undefined>;

/** A proxy to the APIs of clusters by their own names. */
export interface ApiProxy {
  /** For `HTTPS_PROXY`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a `CONNECT` proxy on loopback. On AWS, names of APIs resolve inside the VPC; here this proxy resolves them. It
 * refuses every other name, so that nothing leaves the machine through it. It does not terminate TLS: the client sees
 * the API's own certificate, and the API its client's.
 */
export async function startApiProxy(port: number, route: ApiRoute, log: Log): Promise<ApiProxy> {
  const open = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  };
  const server = createServer((_asked, answer) => {
    answer
      .writeHead(405, { "content-type": "text/plain" })
      .end("The local cloud's proxy accepts only CONNECT to the API of a cluster.\n");
  });
  server.on("connect", (asked: IncomingMessage, client: Duplex, head: Buffer) => {
    keep(client);
    // The client has gone: nobody is left to answer.
    client.on("error", () => client.destroy());
    lead(asked.url ?? "", client, head, route).then(keep, (error: unknown) => {
      log(`the proxy to ${asked.url ?? ""}: ${messageOf(error)}`);
      refuse(client, error instanceof UnknownName ? "403 Forbidden" : "502 Bad Gateway", messageOf(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}

class UnknownName extends Error {}

async function lead(target: string, client: Duplex, head: Buffer, route: ApiRoute): Promise<Socket> {
  const host = target.replace(/:\d+$/, "").toLowerCase();
  const server = await route(host);
  if (server === undefined)
    throw new UnknownName(
      `${host} is not the API of a cluster of this local cloud, and the proxy reaches nothing else`,
    );
  const upstream = connect({ host: "127.0.0.1", port: Number(new URL(server).port) });
  await new Promise<void>((resolve, reject) => {
    upstream.once("connect", resolve);
    upstream.once("error", reject);
  });
  upstream.on("error", () => client.destroy());
  upstream.once("close", () => client.destroy());
  client.once("close", () => upstream.destroy());
  client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  upstream.write(head);
  upstream.pipe(client);
  client.pipe(upstream);
  return upstream;
}

function refuse(client: Duplex, status: string, why: string): void {
  client.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(why)}\r\nconnection: ` +
      `close\r\n\r\n${why}`,
  );
}
