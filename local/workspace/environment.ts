import { delimiter, join } from "node:path";
import ipaddr from "ipaddr.js";
import { ownerVariable } from "../base/owner.ts";
import type { Layout } from "../base/layout.ts";
import { keepOuter } from "../base/outer-environment.ts";
import { stateStoreOf } from "../base/outputs.ts";
import { Problem } from "../base/problem.ts";
import { pinnedKops } from "../tools/index.ts";

/** What the environment needs to know about the running local cloud. */
export interface RunningCloud {
  /** The AWS API. */
  readonly endpoint: string;
  /** The proxy to the APIs of clusters by their own names. */
  readonly proxy?: string;
  readonly clusters: readonly { readonly kubeconfig: string }[];
}

export const localRegion = "ap-southeast-2";

// What a terminal and the user's language settings need. Everything else is left out: above all AWS_*, KUBECONFIG,
// PULUMI_*, KOPS_* and S3_*, proxies (calls to loopback would leave the machine through them) and NODE_OPTIONS.
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
    // As `--suppress-outputs`: one cluster has 200 lines of outputs. `pulumi stack output --json` shows them.
    PULUMI_OPTION_SUPPRESS_OUTPUTS: caller["PULUMI_OPTION_SUPPRESS_OUTPUTS"] ?? "true",
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    // moto accepts any key; this one belongs to its default account.
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    // kops and pulumi run for seconds: with less frequent garbage collection they take a fifth less time on small
    // machines.
    GOGC: caller["GOGC"] ?? "400",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // kOps has separate settings for its state store.
    S3_ENDPOINT: endpoint,
    S3_REGION: localRegion,
    S3_ACCESS_KEY_ID: "local",
    S3_SECRET_ACCESS_KEY: "local",
    // moto sends no checksums; without this the SDKs warn about each answer.
    AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
    // kOps gets the hashes of node downloads here instead of from the internet. The last part is a kOps version; the
    // provider puts each cluster's own there.
    KOPS_BASE_URL: `${endpoint}/_pilot/assets/${pinnedKops}`,
    ...(stateStore === undefined ? {} : { KOPS_STATE_STORE: stateStore }),
    // Tools write to the first one.
    KUBECONFIG: [join(layout.home, ".kube", "config"), ...cloud.clusters.map(({ kubeconfig }) => kubeconfig)].join(
      delimiter,
    ),
    PILOT_ACCESS: layout.accessFile,
    ...proxyEnvironment(cloud.proxy),
    PILOT_BIN: layout.bin,
    PILOT_CACHE_DIR: layout.cache,
    PILOT_LOCAL_DIR: layout.dir,
    ...keepOuter(caller),
  };
}

/**
 * The host names in a cluster's kubeconfig resolve only inside its VPC: kubectl, Helm and the kubernetes plugin use
 * this proxy, as people behind a tunnel do. In capitals only: gRPC for node reads the lower-case variables and ignores
 * the exception for loopback.
 */
function proxyEnvironment(proxy: string | undefined): Record<string, string> {
  return proxy === undefined ? {} : { HTTPS_PROXY: loopbackOnly(proxy), NO_PROXY: "127.0.0.1,localhost,::1" };
}

/** What the engine needs, whether the local cloud runs or not. */
export function pulumiEnvironment(layout: Layout): Record<string, string> {
  return {
    PULUMI_HOME: layout.pulumiHome,
    PULUMI_BACKEND_URL: `file://${layout.backend}`,
    // Protects secrets that exist only in this folder.
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Otherwise plugins of another Pulumi installation on PATH take precedence, with a warning each.
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
