import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { authenticatorFolder, webhookFile } from "../../../local/cloud/cluster/authenticator.ts";
import type { Layout } from "../../../local/base/layout.ts";
import { toolContext } from "../../../local/tools/context.ts";
import { goBuild } from "../../../local/tools/go.ts";
import { acquire } from "../../../local/tools/recipe.ts";

const version = "0.6.13";

/** Ends a program when the test's process has ended for any reason. */
const supervisor = fileURLToPath(new URL("../../../providers/kops/kops-cli/supervisor.mjs", import.meta.url));

/** Builds the real aws-iam-authenticator, which makes tokens for users and checks them for API servers. */
export function ensureAuthenticator(layout: Layout): Promise<string> {
  const context = toolContext(layout, (line) => {
    console.log(line);
  });
  const name = `aws-iam-authenticator ${version}`;
  return acquire(context, {
    name,
    file: join(layout.cache, "aws-iam-authenticator", version, "aws-iam-authenticator"),
    build: (folder, detail) =>
      goBuild(
        context,
        {
          name,
          module: join(import.meta.dirname, "go"),
          package: "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
          output: join(folder, "aws-iam-authenticator"),
        },
        detail,
      ),
  });
}

/** A cluster's running authenticator. */
export interface Authenticator {
  /** Its output so far. */
  said(): string;
  stop(): Promise<void>;
}

/**
 * Runs the authenticator in place of kOps's pod on control-plane nodes, with that pod's arguments but with paths and
 * port of the local cloud. It also serves its health on port 21363 of all addresses, which cannot be configured.
 */
export async function runAuthenticator(
  binary: string,
  cluster: { dir: string; kubeconfig: string },
  words: readonly string[],
  env: Record<string, string>,
): Promise<Authenticator> {
  const webhook = await readFile(webhookFile(cluster.dir), "utf8");
  const port = /127\.0\.0\.1:(\d+)\/authenticate/.exec(webhook)?.[1] ?? "";
  const running = execa(
    process.execPath,
    [
      supervisor,
      binary,
      ...words,
      `--state-dir=${authenticatorFolder(cluster.dir)}`,
      `--kubeconfig=${cluster.kubeconfig}`,
      `--port=${port}`,
    ],
    {
      env: { ...env, AWS_EC2_METADATA_DISABLED: "true" },
      extendEnv: false,
      stdin: "pipe",
      detached: true,
      reject: false,
      all: true,
    },
  );
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: running.all }).on("line", (line) => {
      lines.push(line);
      if (line.includes("listening on ")) resolve();
    });
    void running.then(({ exitCode }) => {
      reject(new Error(`aws-iam-authenticator ended with ${String(exitCode)}:\n${lines.join("\n")}`));
    });
  });
  return {
    said: () => lines.join("\n"),
    async stop() {
      running.stdin.end();
      await running;
    },
  };
}
