import { existsSync, readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { messageOf, UnsupportedError } from "../protocol/errors.ts";
import type { CheckFailure, PropertyChange } from "../protocol/provider.ts";
import { isProps, UNKNOWN, type Props, type Value } from "../protocol/values.ts";
import { answerWithin } from "./reach.ts";

/** The supported arguments of the provider. Others are refused, unless they ask for what happens anyway. */
const carriedOut = new Set([
  "kubeconfig",
  "context",
  "cluster",
  "namespace",
  "clusterIdentifier",
  "enableServerSideApply",
  "deleteUnreachable",
  "skipUpdateUnreachable",
  "kubeClientSettings",
  "upsertExistingObjects",
  "enablePatchForce",
  "enableConfigMapMutable",
  "enableSecretMutable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "version",
]);

export interface Settings {
  /** Undefined while it is not known yet. */
  readonly cluster: KubeConfig | undefined;
  readonly namespace: string;
  /** Treat objects of an unreachable cluster as deleted. */
  readonly deleteUnreachable: boolean;
  /** Leave objects of an unreachable cluster as they are. */
  readonly skipUnreachable: boolean;
  readonly upsert: boolean;
  /** Take over fields of other field managers. */
  readonly force: boolean;
  /** Time limit for an answer, in milliseconds. */
  readonly patience: number;
  readonly mutable: { readonly ConfigMap: boolean; readonly Secret: boolean };
}

const isTrue = (value: unknown): boolean => value === true || value === "true";

export function refusals(config: Props): CheckFailure[] {
  const failures = Object.entries(config)
    .filter(([name, value]) => !carriedOut.has(name) && value !== null)
    .map(([property]) => ({
      property,
      reason:
        `the stand-in for the kubernetes plugin does not support "${property}"; leave it out on the ` + "local cloud",
    }));
  if (config["enableServerSideApply"] === false || config["enableServerSideApply"] === "false") {
    failures.push({
      property: "enableServerSideApply",
      reason: "the stand-in for the kubernetes plugin supports server-side apply only",
    });
  }
  return failures;
}

/**
 * Resolves the arguments as the official plugin does: a kubeconfig given as text or path, else the machine's own
 * (`KUBECONFIG`, `~/.kube/config`). Throws if it cannot be read.
 */
export function settingsOf(config: Props, env: NodeJS.ProcessEnv): Settings {
  const { kubeconfig, context, cluster, namespace } = config;
  const flag = (name: string, variable: string): boolean => isTrue(config[name] ?? env[`PULUMI_K8S_${variable}`]);
  const client = parsed(config["kubeClientSettings"]);
  return {
    cluster: kubeconfig === UNKNOWN ? undefined : clusterOf(text(kubeconfig), text(context), text(cluster), env),
    namespace: text(namespace) ?? "default",
    deleteUnreachable: flag("deleteUnreachable", "DELETE_UNREACHABLE"),
    skipUnreachable: flag("skipUpdateUnreachable", "SKIP_UPDATE_UNREACHABLE"),
    upsert: flag("upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
    force: flag("enablePatchForce", "ENABLE_PATCH_FORCE"),
    patience: isProps(client) && typeof client["timeout"] === "number" ? client["timeout"] * 1000 : answerWithin,
    mutable: { ConfigMap: isTrue(config["enableConfigMapMutable"]), Secret: isTrue(config["enableSecretMutable"]) },
  };
}

/** Parses an argument of a provider: other types than text arrive as JSON. */
function parsed(value: Value | undefined): Value | undefined {
  return typeof value === "string" ? (JSON.parse(value) as Value) : value;
}

function clusterOf(
  kubeconfig: string | undefined,
  context: string | undefined,
  cluster: string | undefined,
  env: NodeJS.ProcessEnv,
): KubeConfig {
  const loaded = new KubeConfig();
  try {
    if (kubeconfig === undefined) loaded.loadFromDefault();
    else loaded.loadFromString(existsSync(kubeconfig) ? readFileSync(kubeconfig, "utf8") : kubeconfig);
  } catch (error) {
    throw new UnsupportedError(`the kubeconfig cannot be read: ${messageOf(error)}`);
  }
  if (context !== undefined) loaded.setCurrentContext(context);
  if (cluster !== undefined) {
    const current = loaded.getCurrentContext();
    loaded.contexts = loaded.getContexts().map((one) => (one.name === current ? { ...one, cluster } : one));
  }
  withProxy(loaded, env);
  return loaded;
}

/** Go's HTTP client, which the official plugin uses, takes a proxy from the environment; node's does not. */
function withProxy(config: KubeConfig, env: NodeJS.ProcessEnv): void {
  const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"];
  const current = config.getCurrentCluster();
  if (!proxy || !current || current.proxyUrl !== undefined || isLoopback(current.server)) return;
  Object.assign(current, { proxyUrl: proxy });
}

function isLoopback(server: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(server).hostname);
}

/**
 * Whether a changed configuration means another cluster: by `clusterIdentifier` if given, else by the server in the
 * kubeconfig. Objects of another cluster are replaced; any other change applies in place.
 */
export function configChanges(olds: Props, news: Props): PropertyChange[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (name) => name !== "version" && JSON.stringify(plain(olds[name])) !== JSON.stringify(plain(news[name])),
  );
  const identified = news["clusterIdentifier"] !== undefined && olds["clusterIdentifier"] !== undefined;
  return names.map((path) => ({
    path,
    kind: olds[path] === undefined ? "add" : news[path] === undefined ? "delete" : "update",
    replace: identified
      ? path === "clusterIdentifier"
      : path === "context" ||
        path === "cluster" ||
        (path === "kubeconfig" && serverIn(olds[path]) !== serverIn(news[path])),
  }));
}

function plain(value: unknown): unknown {
  return value === UNKNOWN ? "unknown" : value;
}

function serverIn(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const config = new KubeConfig();
  try {
    config.loadFromString(value);
  } catch {
    // A path, or not a kubeconfig: compared as it is.
    return value;
  }
  return config.getCurrentCluster()?.server;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An object's name and namespace, as far as they are known. */
export function metadataOf(props: Props): { name?: string; namespace?: string } {
  const { metadata } = props;
  if (!isProps(metadata)) return {};
  const { name, namespace } = metadata;
  return { ...(typeof name === "string" && { name }), ...(typeof namespace === "string" && { namespace }) };
}
