import { join } from "node:path";
import getPort from "get-port";
import { dump } from "js-yaml";
import { readIfThere, writeWhole } from "../base/files.ts";

/**
 * Where the API server of a cluster asks the aws-iam-authenticator who has signed a token. On AWS that is a pod on the
 * same node, at port 21362, with a key pair made for it by nodeup. Here pods are not run: the port is the cluster's
 * own, the key pair lies in {@link authenticatorFolder}, and whoever runs an authenticator with both is asked.
 */
export async function writeWebhook(dir: string, authority: string): Promise<string> {
  const file = webhookFile(dir);
  const former = /127\.0\.0\.1:(\d+)\/authenticate/.exec((await readIfThere(file)) ?? "")?.[1];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "aws-iam-authenticator",
        cluster: {
          server: `https://127.0.0.1:${former ?? (await getPort({ host: "127.0.0.1" }))}/authenticate`,
          "certificate-authority-data": Buffer.from(authority).toString("base64"),
        },
      },
    ],
    users: [{ name: "kube-apiserver" }],
    contexts: [{ name: "webhook", context: { cluster: "aws-iam-authenticator", user: "kube-apiserver" } }],
    "current-context": "webhook",
  };
  await writeWhole(file, dump(config, { lineWidth: -1 }));
  return file;
}

/** What the API server is given as `--authentication-token-webhook-config-file`. */
export function webhookFile(dir: string): string {
  return join(dir, "login", "authentication-token-webhook-config-file");
}

/** `--state-dir` of the authenticator: cert.pem and key.pem. */
export function authenticatorFolder(dir: string): string {
  return join(dir, "aws-iam-authenticator");
}
