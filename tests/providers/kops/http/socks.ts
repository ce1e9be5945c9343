import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A SOCKS5 proxy (RFC 1928, RFC 1929) on this machine. It connects to one server, whatever name it is asked for. */
export interface SocksServer {
  readonly port: number;
  /** Each address asked for, as it was sent: `name HOST:PORT`, or `address HOST:PORT` if the client looked it up. */
  readonly seen: string[];
  /** The user and password that clients must give, as `user:password`. @default none */
  login: string | undefined;
  /** Takes a connection and never answers. */
  swallows: boolean;
  /** The reply to a request: 0 connects, 2 is "not allowed by ruleset". */
  reply: number;
  close(): Promise<void>;
}

/** Reads exact numbers of bytes from a socket. What follows them stays in the socket. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  return async (bytes) => {
    for (;;) {
      const read = socket.read(bytes) as Buffer | null;
      if (read) return read;
      await new Promise((resolve, reject) => {
        socket.once("readable", resolve).once("error", reject);
      });
    }
  };
}

export async function startSocks(target: { port: number }): Promise<SocksServer> {
  const sockets = new Set<Socket>();
  const state: Omit<SocksServer, "port" | "close"> = { seen: [], login: undefined, swallows: false, reply: 0 };

  const serve = async (socket: Socket): Promise<void> => {
    const read = reader(socket);
    const byte = async (): Promise<number> => (await read(1)).readUInt8();
    const text = async (): Promise<string> => (await read(await byte())).toString();
    await byte();
    const methods = [...(await read(await byte()))];
    const wanted = state.login === undefined ? 0 : 2;
    if (!methods.includes(wanted)) {
      socket.end(Buffer.from([5, 0xff]));
      return;
    }
    socket.write(Buffer.from([5, wanted]));
    if (state.login !== undefined) {
      await byte();
      const right = `${await text()}:${await text()}` === state.login;
      socket.write(Buffer.from([1, right ? 0 : 1]));
      if (!right) {
        socket.end();
        return;
      }
    }
    const [, , , kind] = await read(4);
    const host = kind === 3 ? `name ${await text()}` : `address ${[...(await read(kind === 1 ? 4 : 16))].join(".")}`;
    state.seen.push(`${host}:${(await read(2)).readUInt16BE()}`);
    if (state.swallows) return;
    socket.write(Buffer.from([5, state.reply, 0, 1, 0, 0, 0, 0, 0, 0]));
    if (state.reply !== 0) {
      socket.end();
      return;
    }
    const onward = connect(target.port, "127.0.0.1");
    sockets.add(onward);
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  });
}
