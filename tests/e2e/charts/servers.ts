import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import yaml from "js-yaml";

/** Packed charts named `web`, by version. */
export type Charts = Readonly<Record<string, Buffer>>;

/** A server of charts on loopback. */
export interface ChartServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Paths that were answered. */
  readonly served: string[];
  stop(): Promise<void>;
}

interface Answer {
  readonly type: string;
  readonly body: Buffer;
}

const digestOf = (body: Buffer): string => `sha256:${createHash("sha256").update(body).digest("hex")}`;

/** A Helm repository: an index, and the charts that it names. */
export function serveRepository(charts: Charts): Promise<ChartServer> {
  const entries = Object.entries(charts).map(([version, body]) => ({
    apiVersion: "v2",
    name: "web",
    version,
    digest: digestOf(body).slice("sha256:".length),
    urls: [`web-${version}.tgz`],
  }));
  const index = Buffer.from(yaml.dump({ apiVersion: "v1", entries: { web: entries } }));
  return serve({
    "/index.yaml": { type: "text/yaml", body: index },
    ...Object.fromEntries(
      Object.entries(charts).map(([version, body]) => [`/web-${version}.tgz`, { type: "application/gzip", body }]),
    ),
  });
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/**
 * An OCI registry that can only be read: a manifest for each version, by tag and digest, and its blobs
 * (https://helm.sh/docs/topics/registries/, the distribution specification's `pull`).
 */
export function serveRegistry(charts: Charts): Promise<ChartServer> {
  const answers: Record<string, Answer> = {};
  for (const [version, content] of Object.entries(charts)) {
    const blob = (mediaType: string, body: Buffer): { mediaType: string; digest: string; size: number } => {
      answers[`/v2/charts/web/blobs/${digestOf(body)}`] = { type: "application/octet-stream", body };
      return { mediaType, digest: digestOf(body), size: body.length };
    };
    const chart = Buffer.from(JSON.stringify({ apiVersion: "v2", name: "web", version }));
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: blob("application/vnd.cncf.helm.config.v1+json", chart),
      layers: [blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", content)],
    };
    const body = Buffer.from(JSON.stringify(manifest));
    for (const reference of [version, digestOf(body)])
      answers[`/v2/charts/web/manifests/${reference}`] = { type: manifestType, body };
  }
  return serve(answers);
}

async function serve(answers: Readonly<Record<string, Answer>>): Promise<ChartServer> {
  const served: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const answer = answers[path];
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    served.push(path);
    response.writeHead(200, {
      "content-type": answer.type,
      "content-length": answer.body.length,
      "docker-content-digest": digestOf(answer.body),
    });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
