import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { server as identity } from "./certificates.ts";

/** AWS credentials and their identity. */
export interface Signer {
  key: string;
  secret: string;
  arn: string;
  userId: string;
}

/** A stand-in for the part of STS that names the signer of a request. moto does not check signatures. */
export interface Sts {
  /** For `HTTPS_PROXY`: leads AWS's names of STS to this one, and refuses all others. */
  readonly proxy: string;
  close(): Promise<void>;
}

const names = ["sts.amazonaws.com", "sts.ap-southeast-2.amazonaws.com"];
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The version 4 signature of a presigned GET, over its query and its signed headers. */
export function signatureOf(
  query: URLSearchParams,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  secret: string,
): string {
  const [, day = "", region = "", service = ""] = (query.get("X-Amz-Credential") ?? "").split("/");
  const signed = query.get("X-Amz-SignedHeaders") ?? "";
  const request = [
    "GET",
    "/",
    [...query]
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&"),
    ...signed.split(";").map((name) => `${name}:${String(headers[name] ?? "")}`),
    "",
    signed,
    digest(""),
  ].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (before, part) => hmac(before, part),
    `AWS4${secret}`,
  );
  return hmac(
    key,
    ["AWS4-HMAC-SHA256", query.get("X-Amz-Date"), `${day}/${region}/${service}/aws4_request`, digest(request)].join(
      "\n",
    ),
  ).toString("hex");
}

const listen = async (
  server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>,
): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
};

export async function startSts(signers: readonly Signer[]): Promise<Sts> {
  const sts = createSecureServer(identity, (asked, answer) => {
    const query = new URL(asked.url ?? "/", "https://sts.amazonaws.com").searchParams;
    const signer = signers.find(({ key }) => query.get("X-Amz-Credential")?.startsWith(`${key}/`));
    if (
      !signer ||
      query.get("Action") !== "GetCallerIdentity" ||
      query.get("X-Amz-Signature") !== signatureOf(query, asked.headers, signer.secret)
    ) {
      answer
        .writeHead(403, { "content-type": "application/json" })
        .end(JSON.stringify({ Error: { Code: "SignatureDoesNotMatch" } }));
      return;
    }
    const GetCallerIdentityResult = { Account: signer.arn.split(":")[4], Arn: signer.arn, UserId: signer.userId };
    answer.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        GetCallerIdentityResponse: { GetCallerIdentityResult, ResponseMetadata: { RequestId: "0" } },
      }),
    );
  });
  const stsPort = await listen(sts);
  const open = new Set<Duplex>();
  const proxy = createServer((_asked, answer) => answer.writeHead(405).end());
  proxy.on("connect", (asked, client) => {
    if (!names.includes((asked.url ?? "").replace(/:443$/, ""))) {
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const upstream = connect(stsPort, "127.0.0.1", () => client.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
      });
      one.pipe(other);
    }
  });
  const proxyPort = await listen(proxy);
  return {
    proxy: `http://127.0.0.1:${proxyPort}`,
    async close() {
      for (const socket of open) socket.destroy();
      for (const server of [proxy, sts]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
