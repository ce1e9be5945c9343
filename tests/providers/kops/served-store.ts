import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs something with these settings in the environment. */
export async function withSettings<T>(settings: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

const login = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_MAX_ATTEMPTS: "1" };

/** Runs something where nobody answers for AWS. */
export function withoutCloud<T>(work: () => Promise<T>): Promise<T> {
  return withSettings({ ...login, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, work);
}

/** The answer to ListObjectsV2, all on one page. */
function listing(objects: Readonly<Record<string, string>>, bucket: string, prefix: string): string {
  const keys = Object.keys(objects)
    .filter((path) => path.startsWith(`${bucket}${prefix}`))
    .map((path) => path.slice(bucket.length));
  return `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key><ETag>"1"</ETag></Contents>`).join("")}</ListBucketResult>`;
}

/** Runs something where AWS is nothing but an S3 that gives out these objects, by bucket and key. */
export async function withStore<T>(objects: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://s3");
    const path = decodeURIComponent(pathname.slice(1));
    const body = searchParams.has("list-type")
      ? listing(objects, `${path.replace(/\/$/, "")}/`, searchParams.get("prefix") ?? "")
      : objects[path];
    if (request.method === "GET" && body !== undefined) response.end(body);
    else response.writeHead(404, { "content-type": "application/xml" }).end("<Error><Code>NoSuchKey</Code></Error>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await withSettings(
      {
        ...login,
        S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      },
      work,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
