import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server of releases answers: bytes; bytes after half of which the connection breaks; or 404. */
export type Answer = Buffer | { readonly half: Buffer } | undefined;

export interface ReleaseServer {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** Servers on loopback, which end with their test. */
export function releaseServers(): (answer: (path: string) => Answer) => Promise<ReleaseServer> {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  return async (answer) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "");
      asked.push(path);
      const content = answer(path);
      if (content === undefined) response.writeHead(404).end();
      else if (Buffer.isBuffer(content)) response.end(content);
      else {
        response.setHeader("content-length", content.half.length);
        response.write(content.half.subarray(0, content.half.length / 2), () => response.destroy());
      }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  };
}
