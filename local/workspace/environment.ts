import { delimiter, join } from "node:path";
import ipaddr from "ipaddr.js";
import { ownerVariable } from "../base/owner.ts";
import type { Layout } from "../base/layout.ts";
import { stateStoreOf } from "../base/outputs.ts";
import { Problem } from "../base/problem.ts";
import { pinnedKops } from "../tools/index.ts";

/** What the environment needs to know of a local cloud that runs. */
export interface RunningCloud {
  /** The AWS API. */
  readonly endpoint: string;
  /** The proxy to the APIs of clusters by their own names. */
  readonly proxy?: string;
  readonly clusters: readonly { readonly kubeconfig: string }[];
}

export const localRegion = "ap-southeast-2";

// What a person's terminal and language need. Everything else stays outside: above all AWS_*, KUBECONFIG, PULUMI_*,
// KOPS_* and S3_*, proxies (calls to loopback would leave the machine through them) and NODE_OPTIONS.
const passed = new Set([
  "PATH",
  "TERM",
  "COLORTERM",
  "COLUMNS",
  "LINES",
  "NO_COLOR",
  "FORCE_COLOR",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "CI",
  "USER",
  "LOGNAME",
  "SHELL",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "PILOT_OFFLINE",
  "PILOT_PLUGINS",
  "PILOT_DEBUG_SDK",
  "NODE_COMPILE_CACHE",
  ownerVariable,
]);

const isPassed = (name: string): boolean => passed.has(name) || name.startsWith("LC_");

/** The complete environment of a command inside the local cloud. */
export function localEnvironment(
  layout: Layout,
  cloud: RunningCloud,
  caller: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const endpoint = loopbackOnly(cloud.endpoint);
  const kept = Object.fromEntries(Object.entries(caller).filter(([name]) => isPassed(name)));
  const stateStore = stateStoreOf(layout);
  return {
    ...kept,
    PATH: [layout.bin, ...(caller["PATH"] ?? "").split(delimiter).filter((folder) => folder !== layout.bin)].join(
      delimiter,
    ),
    HOME: layout.home,
    ...pulumiEnvironment(layout),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    // moto takes any key; this one belongs to its default account.
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    // kops and pulumi live for seconds: collecting garbage less often spares a fifth of their time on small machines.
    GOGC: caller["GOGC"] ?? "400",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // kOps reaches its state store by settings of its own.
    S3_ENDPOINT: endpoint,
    S3_REGION: localRegion,
    S3_ACCESS_KEY_ID: "local",
    S3_SECRET_ACCESS_KEY: "local",
    // moto answers without checksums; otherwise the SDKs warn of each answer.
    AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
    // The hashes of what nodes download come from here; kOps would otherwise look for them on the internet. The last
    // part is a version of kOps, and the provider puts each cluster's own there.
    KOPS_BASE_URL: `${endpoint}/_pilot/assets/${pinnedKops}`,
    ...(stateStore === undefined ? {} : { KOPS_STATE_STORE: stateStore }),
    // The first is the one that tools write to.
    KUBECONFIG: [join(layout.home, ".kube", "config"), ...cloud.clusters.map(({ kubeconfig }) => kubeconfig)].join(
      delimiter,
    ),
    PILOT_ACCESS: layout.accessFile,
    ...proxyEnvironment(cloud.proxy),
    PILOT_BIN: layout.bin,
    PILOT_CACHE_DIR: layout.cache,
    PILOT_LOCAL_DIR: layout.dir,
    // The person's own home, for the caches of compilers only.
    ...(caller["HOME"] === undefined ? {} : { PILOT_HOME: caller["PILOT_HOME"] ?? caller["HOME"] }),
  };
}

/**
 * What the kubeconfig of a cluster's outputs names is resolved in its VPC only: kubectl, Helm and the kubernetes plugin
 * take this way there, as people behind a tunnel do. In capitals only: gRPC for node reads the small ones, and heeds no
 * exception for loopback.
 */
function proxyEnvironment(proxy: string | undefined): Record<string, string> {
  return proxy === undefined ? {} : { HTTPS_PROXY: loopbackOnly(proxy), NO_PROXY: "127.0.0.1,localhost,::1" };
}

/** What the engine needs, with or without a local cloud that runs. */
export function pulumiEnvironment(layout: Layout): Record<string, string> {
  return {
    PULUMI_HOME: layout.pulumiHome,
    PULUMI_BACKEND_URL: `file://${layout.backend}`,
    // Guards secrets that only ever live in this folder.
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Plugins of another pulumi installation on PATH would win over those that belong here, with a warning each.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
}

function loopbackOnly(endpoint: string): string {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname.replace(/^\[(.*)\]$/, "$1") : "";
  if (host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback"))
    return endpoint.replace(/\/$/, "");
  throw new Problem({
    what: `The local cloud refuses to use ${endpoint === "" ? "an empty endpoint" : endpoint}`,
    why: "its AWS API answers on the loopback interface only; anything else could be a real account",
    next: "npm run local:reset, then npm start",
  });
}
