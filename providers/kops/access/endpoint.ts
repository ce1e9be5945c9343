import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A loopback port that stays the same while tunnels behind it die and reopen. */
export interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Where the endpoint forwards connections. */
export interface Route {
  /** The port of the open tunnel. Opens one, or waits for one, if need be. */
  port(): Promise<number>;
  /** Reports that nothing listens at a port that {@link port} returned. */
  lost(port: number): void;
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    socket.once("error", reject).once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    // If one side is cut the other must close too: a client would wait there forever.
    from.on("error", () => to.destroy()).on("close", () => to.destroy());
  }
}

/**
 * Listens in front of a tunnel. A kOps that rolls for an hour gets one address, once; the tunnel may die and reopen at
 * another port meanwhile. New connections wait until the tunnel is back. If it cannot be opened they are cut, as by a
 * network failure.
 */
export async function openEndpoint(route: Route): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket));
  };
  const forward = async (socket: Socket): Promise<void> => {
    const port = await route.port();
    if (socket.destroyed) return;
    try {
      join(socket, track(await dial(port)));
    } catch {
      route.lost(port);
      join(socket, track(await dial(await route.port())));
    }
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    track(socket).on("error", () => undefined);
    forward(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  // It must not keep an otherwise finished process alive.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
