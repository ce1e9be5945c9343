import { join } from "node:path";
import getPort from "get-port";
import { dump } from "js-yaml";
import { readIfThere, writeWhole } from "../../base/files.ts";

/**
 * Writes the webhook by which a cluster's API server asks aws-iam-authenticator who signed a token. On AWS, that is a
 * pod on the same node, at port 21362, with a key pair that nodeup makes. No pods run here: each cluster has its own
 * port, its key pair is in {@link authenticatorFolder}, and any authenticator that runs with both answers.
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

/** The file for `--authentication-token-webhook-config-file` of the API server. */
export function webhookFile(dir: string): string {
  return join(dir, "login", "authentication-token-webhook-config-file");
}

/** `--state-dir` of the authenticator: cert.pem and key.pem. */
export function authenticatorFolder(dir: string): string {
  return join(dir, "aws-iam-authenticator");
}
