import { readFile } from "node:fs/promises";
import { join } from "node:path";
import yaml from "js-yaml";
import { z } from "zod";
import type { Kops } from "../kops-cli/kops.ts";
import type { TunnelChoice } from "./choice.ts";
import type { Remote } from "./commands.ts";

const kubeconfig = z.object({ clusters: z.array(z.object({ cluster: z.object({ server: z.url() }) })).min(1) });

/** How long the credential lives that comes with the address, and is not used. */
const lifetime = "10m";

/**
 * Where kOps itself would connect to with an admin's certificate: the load balancer by its own name, which resolves
 * everywhere in AWS, at 8443 where 443 has a certificate of ACM, else the name of the API. Asked of kOps, so that it is
 * right whatever the cluster has.
 */
export async function remoteOf(choice: TunnelChoice, cluster: string, kops: Kops, folder: string): Promise<Remote> {
  const { host, port } = choice;
  if (host !== undefined && port !== undefined) return { host, port };
  const file = join(folder, "remote.kubeconfig");
  await kops.run({ args: ["export", "kubeconfig", "--name", cluster, `--admin=${lifetime}`, "--kubeconfig", file] });
  const [first] = kubeconfig.parse(yaml.load(await readFile(file, "utf8"))).clusters;
  const server = new URL(first?.cluster.server ?? "");
  return { host: host ?? server.hostname.replace(/^\[(.*)\]$/, "$1"), port: port ?? Number(server.port || "443") };
}
