import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, ServerConfiguration, createConfiguration } from "@kubernetes/client-node";
import type { ApiType, Configuration } from "@kubernetes/client-node";
import { proxyFor } from "../http/proxies.ts";
import { boundOf, currentStop } from "../http/stop.ts";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import { fixKubeconfig } from "../kops-cli/output/index.ts";
import { milliseconds } from "../model/durations.ts";
import type { RollingUpdateOptions } from "../model/inputs.ts";
import type { OperationContext } from "../operation/context.ts";
import { drainTimeout } from "./patience.ts";

/**
 * A kubeconfig with an admin certificate that kOps signs with the certificate authority's key in the state store, in a
 * file of the verb's private folder. kOps can use the file too. `lifetime` is such as `10m`.
 */
export async function adminConfig(
  { kops, inputs, folder }: Pick<OperationContext, "kops" | "inputs" | "folder">,
  lifetime: string,
  file: string,
): Promise<KubeConfig> {
  const path = join(folder, file);
  await kops.run({ args: exportKubeconfig(inputs.name, path, lifetime), usesApi: true });
  const text = fixKubeconfig(await readFile(path, "utf8"));
  // Writing to the file that exists keeps its mode: only its owner can read it.
  await writeFile(path, text);
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}

/**
 * Milliseconds for one call to the Kubernetes API, with its body. The program watches nothing: all calls are short. A
 * tunnel may take some seconds to reopen.
 */
const callTimeout = 30_000;

/**
 * A client of the Kubernetes API. Its calls go through the proxy that kOps would take, and end with the operation's
 * stop or after `timeout`. The library itself does none of these.
 */
export function apiClient<Api extends ApiType>(
  config: KubeConfig,
  Api: new (config: Configuration) => Api,
  { timeout = callTimeout, env = process.env }: { timeout?: number; env?: NodeJS.ProcessEnv } = {},
): Api {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("the kubeconfig names no cluster");
  const proxy = cluster.proxyUrl === undefined ? proxyFor(new URL(cluster.server), env) : undefined;
  if (proxy) Object.assign(cluster, { proxyUrl: proxy.href.replace(/^socks5?:/, "socks5h:") });
  return new Api(
    createConfiguration({
      baseServer: new ServerConfiguration(cluster.server, {}),
      authMethods: { default: config },
      promiseMiddleware: [
        {
          pre: (request) => {
            currentStop()?.throwIfAborted();
            const what = `the call of ${new URL(request.getUrl()).host}`;
            request.setSignal(boundOf([request.getSignal(), currentStop()], timeout, what).signal);
            return Promise.resolve(request);
          },
          post: (answer) => Promise.resolve(answer),
        },
      ],
    }),
  );
}

/** Hours that an admin certificate lasts for drains: twice as long as the longest drain of a node. */
export function loginHours(options: RollingUpdateOptions = {}): number {
  return Math.ceil((2 * (drainTimeout(options) + milliseconds(options.postDrainDelay ?? "5s"))) / 3_600_000);
}

/** An admin kubeconfig that lasts for {@link loginHours}. */
export function drainConfig(context: OperationContext, file: string): Promise<KubeConfig> {
  return adminConfig(context, `${loginHours(context.inputs.rollingUpdate)}h`, file);
}

export async function connect(context: OperationContext, file = "admin.kubeconfig"): Promise<CoreV1Api> {
  return apiClient(await drainConfig(context, file), CoreV1Api);
}
