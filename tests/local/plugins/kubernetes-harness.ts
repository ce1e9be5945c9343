import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import yaml from "js-yaml";
import { kubeconfig } from "../../../components/cluster/spec/kubeconfig.ts";
import { groupLabel } from "../../../local/cloud/fleet/node.ts";
import { cloudState, ensureCloud } from "../../../local/cloud/index.ts";
import { localEnvironment } from "../../../local/workspace/environment.ts";
import type { Layout } from "../../../local/base/layout.ts";
import type { Engine } from "../../../local/plugins/protocol/engine.ts";
import { KubernetesProvider } from "../../../local/plugins/kubernetes/provider.ts";
import { serve } from "../../../local/plugins/protocol/server.ts";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { writeWrappers } from "../../../local/workspace/wrappers.ts";
import {
  kopsVersion,
  makeNetwork,
  manifestOf,
  removeCloud,
  temporaryLayout,
  testTools,
  until,
  Workbench,
} from "../cloud/bench.ts";
import { PluginClient } from "./plugin-client.ts";
import { forTypeScript } from "../../../local/base/typescript.ts";

const root = join(import.meta.dirname, "..", "..", "..");
export const name = "k1.sbx.test";
const stateStore = "s3://cloud-test-state/stores/one";

/** A local cloud with one cluster, accessed as a program accesses it. */
export interface KubernetesBed {
  readonly layout: Layout;
  readonly bench: Workbench;
  /** The environment of commands in it. */
  readonly env: NodeJS.ProcessEnv;
  /** Without a credential, and with the API's own name: as in the outputs of a stack. */
  readonly kubeconfig: string;
  remove(): Promise<void>;
}

export async function makeKubernetesBed(): Promise<KubernetesBed> {
  const [tools, layout] = [await testTools(), await temporaryLayout()];
  const cloud = await ensureCloud(layout, tools, () => undefined);
  await writeWrappers(layout, tools, kopsVersion);
  const bench = new Workbench(layout, tools, cloud);
  await bench.kops(["create", "-f", "-"], manifestOf(name, await makeNetwork(cloud), "t3.large"));
  await bench.kops(["update", "cluster", name, "--yes", "--create-kube-config=false"]);
  await until("the control plane is ready", async () => (await cloudState(layout))?.clusters[0]?.status === "ready");
  await until("all nodes have joined", async () => (await bench.nodes(name, groupLabel)).length === 6);
  const admin = yaml.load(await readFile(join(layout.clusters, name, "admin.kubeconfig"), "utf8")) as {
    clusters: { cluster: { "certificate-authority-data": string } }[];
  };
  return {
    layout,
    bench,
    env: localEnvironment(layout, cloud),
    kubeconfig: kubeconfig({
      cluster: name,
      endpoint: `https://api.${name}`,
      certificateAuthority: Buffer.from(
        admin.clusters[0]?.cluster["certificate-authority-data"] ?? "",
        "base64",
      ).toString("utf8"),
      stateStore,
      kopsVersion,
      authentication: { kind: "kops" },
    }),
    remove: () => removeCloud(layout),
  };
}

export interface RunningPlugin {
  readonly client: PluginClient;
  stop(): void;
}

/** The plugin as the engine starts it: a separate process in the given environment. */
export async function startKubernetesPlugin(env: NodeJS.ProcessEnv, config: Props): Promise<RunningPlugin> {
  // Nobody calls it here, but the plugin ends with its engine, so it also ends if this process is killed.
  const engine = new grpc.Server();
  const address = await new Promise<number>((resolve, reject) => {
    engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
  const running = spawn(
    process.execPath,
    [...forTypeScript(), join(root, "local", "plugins", "kubernetes", "main.ts"), `127.0.0.1:${address}`],
    { env, cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(running.stdout).once("line", (line) => {
      resolve(Number(line));
    });
    running.once("exit", (code) => {
      reject(new Error(`the plugin ended with ${String(code)} and told no port`));
    });
  });
  const client = new PluginClient(port);
  await client.configure(config);
  return {
    client,
    stop() {
      client.close();
      running.kill();
      engine.forceShutdown();
    },
  };
}

/** The plugin in this process, for clusters that do not exist. */
export async function kubernetesPluginHere(
  env: NodeJS.ProcessEnv,
  config: Props,
  engine: Engine,
): Promise<RunningPlugin> {
  const cancellation = new AbortController();
  const { server, port } = await serve(new KubernetesProvider(engine, env), cancellation);
  const client = new PluginClient(port);
  await client.configure(config);
  return {
    client,
    stop() {
      cancellation.abort(new Error("the test is over"));
      client.close();
      server.forceShutdown();
    },
  };
}
