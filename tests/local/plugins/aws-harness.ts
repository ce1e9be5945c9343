import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsEndpoint, startAwsServer } from "../../../local/cloud/aws-server.ts";
import { layoutOf, type Layout } from "../../../local/base/layout.ts";
import { AwsProvider } from "../../../local/plugins/aws/provider.ts";
import { silentEngine } from "../../../local/plugins/protocol/engine.ts";
import { serve } from "../../../local/plugins/protocol/server.ts";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { awsPython } from "../../../local/tools/index.ts";
import { PluginClient } from "./plugin-client.ts";

export const region = "ap-southeast-2";
const root = join(import.meta.dirname, "..", "..", "..");

export interface AwsServer {
  readonly endpoint: string;
  readonly layout: Layout;
  stop(): Promise<void>;
}

/** The AWS API of the local cloud, in a folder of its own. */
export async function startAws(): Promise<AwsServer> {
  const dir = await mkdtemp(join(tmpdir(), "pilot-aws-plugin-"));
  const layout = layoutOf(root, { ...process.env, PILOT_LOCAL_DIR: dir });
  const child = await startAwsServer(layout, await awsPython(layout), 0, () => undefined);
  return {
    endpoint: awsEndpoint(child),
    layout,
    async stop() {
      await child.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface Plugin {
  readonly client: PluginClient;
  /** What the engine does when it is asked to stop. */
  stop(): void;
}

/** The plugin, served in this process and called over the wire. */
export async function startPlugin(env: NodeJS.ProcessEnv, config: Props = {}): Promise<Plugin> {
  const cancellation = new AbortController();
  const { server, port } = await serve(new AwsProvider(silentEngine, env), cancellation);
  const client = new PluginClient(port);
  const stop = (): void => {
    cancellation.abort(new Error("the test is over"));
    client.close();
    server.forceShutdown();
  };
  try {
    await client.configure({ region, ...config });
  } catch (error) {
    stop();
    throw error;
  }
  return { client, stop };
}

export function environment(endpoint: string): NodeJS.ProcessEnv {
  return { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
}
