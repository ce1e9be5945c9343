import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, ServerConfiguration, createConfiguration } from "@kubernetes/client-node";
import type { Configuration } from "@kubernetes/client-node";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import { fixKubeconfig } from "../kops-cli/output/index.ts";
import { milliseconds } from "../model/durations.ts";
import type { RollingUpdateOptions } from "../model/inputs.ts";
import type { OperationContext } from "../operation/context.ts";

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

/** Hours that an admin certificate lasts for drains: twice as long as the longest drain of a node. */
export function loginHours({ drainTimeout = "15m", postDrainDelay = "5s" }: RollingUpdateOptions = {}): number {
  return Math.ceil((2 * (milliseconds(drainTimeout) + milliseconds(postDrainDelay))) / 3_600_000);
}

/** An admin kubeconfig that lasts for {@link loginHours}. */
export function drainConfig(context: OperationContext, file: string): Promise<KubeConfig> {
  return adminConfig(context, `${loginHours(context.inputs.rollingUpdate)}h`, file);
}

/** Milliseconds in which the API must answer one call. A tunnel may take some seconds to reopen. */
const callTimeout = 30_000;

/** A client whose calls end without an answer after a while: by itself it would wait for one forever. */
export function apiClient<Api>(
  config: KubeConfig,
  Client: new (configuration: Configuration) => Api,
  timeout: number = callTimeout,
): Api {
  return new Client(
    createConfiguration({
      baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? "", {}),
      authMethods: { default: config },
      promiseMiddleware: [
        {
          pre(request) {
            request.setSignal(AbortSignal.timeout(timeout));
            return Promise.resolve(request);
          },
          post: (response) => Promise.resolve(response),
        },
      ],
    }),
  );
}

export async function connect(context: OperationContext, file = "admin.kubeconfig"): Promise<CoreV1Api> {
  return apiClient(await drainConfig(context, file), CoreV1Api);
}
