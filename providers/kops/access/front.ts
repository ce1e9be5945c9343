import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A port of the loopback interface that stays while tunnels behind it come and go. */
export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/** Where a connection goes: the port of the tunnel that is open now; opened, or waited for, if need be. */
export interface Behind {
  port(): Promise<number>;
  /** Told when nothing listens at a port that {@link port} gave. */
  lost(port: number): void;
}

/** A connection to a port of 127.0.0.1. */
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
    // Cut on one side, the other must not look alive: whoever waits there would wait for ever.
    from.on("error", () => to.destroy()).on("close", () => to.destroy());
  }
}

/**
 * Listens in front of a tunnel. A kOps that rolls for an hour is given one address, once; a tunnel may die under it and
 * be opened again, at another port. A connection that comes meanwhile waits until the tunnel is back; one whose tunnel
 * cannot be had is cut, as by a network that is down.
 */
export async function openFront(behind: Behind): Promise<Front> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket));
  };
  const forward = async (socket: Socket): Promise<void> => {
    const port = await behind.port();
    if (socket.destroyed) return;
    try {
      join(socket, keep(await dial(port)));
    } catch {
      behind.lost(port);
      const again = await behind.port();
      join(socket, keep(await dial(again)));
    }
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    keep(socket).on("error", () => undefined);
    forward(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  // It must not keep a process alive that has nothing else to do.
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
