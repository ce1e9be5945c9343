import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { dump } from "js-yaml";
import { readIfThere, writeWhole } from "../files.ts";

/**
 * Where the API server of a cluster asks the aws-iam-authenticator who has signed a token. On AWS that is a pod on the same
 * node, at port 21362, with a key pair made for it by nodeup. Here pods are not run: the port is the cluster's own, the key
 * pair lies in {@link authenticatorFolder}, and whoever runs an authenticator with both is asked.
 */
export async function writeWebhook(dir: string, authority: string): Promise<string> {
  const file = join(dir, "login", "authentication-token-webhook-config-file");
  const former = /127\.0\.0\.1:(\d+)\/authenticate/.exec((await readIfThere(file)) ?? "")?.[1];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "aws-iam-authenticator",
        cluster: { server: `https://127.0.0.1:${former ?? (await freePort())}/authenticate`, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: "kube-apiserver" }],
    contexts: [{ name: "webhook", context: { cluster: "aws-iam-authenticator", user: "kube-apiserver" } }],
    "current-context": "webhook",
  };
  await writeWhole(file, dump(config, { lineWidth: -1 }));
  return file;
}

/** `--state-dir` of the authenticator: cert.pem and key.pem. */
export function authenticatorFolder(dir: string): string {
  return join(dir, "aws-iam-authenticator");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1" }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
