import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import yaml from "js-yaml";
import { composeCluster } from "../../components/cluster/compose.ts";
import { readClusterFiles } from "../../components/cluster/files.ts";
import { differencesOf } from "../../providers/kops/plan/facts/manifest-differences.ts";
import { listOf } from "../../providers/kops/rules/rule.ts";
import { environmentAround, keptDns } from "./environment.ts";
import { isSame } from "./overlay.ts";
import { requestOf } from "./request.ts";
import { secretsIn } from "./secrets.ts";
import type { StoredCluster } from "./stored.ts";

/** The files of a cluster by name, for a stack's folder of cluster files, and what adopting them changes. */
export interface WrittenCluster {
  form: "request" | "manifest" | "none";
  /** Why it is not a request; why there is none. */
  why: string | undefined;
  files: Record<string, string>;
  /** What adopting changes, by property. */
  changes: string[];
  /** What the environment of the stack must have. */
  needs: string[];
}

/** The kOps of a file whose cluster was never applied. */
const anyKops = "1.35.0";

const dump = (value: unknown): string => yaml.dump(value, { lineWidth: -1, noRefs: true, flowLevel: 4 });

/** What the environment must have for a file to mean the same cluster. */
function needsOf({ name, spec }: StoredCluster, form: "request" | "manifest"): string[] {
  const { dns, store } = environmentAround({ name, spec });
  const ids = listOf(spec["subnets"]).flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  const { networkID: vpc } = spec;
  const shared = [
    `pilot:stateStore with stateBucket: ${store.stateStore.replace("s3://", "")}`,
    ...(ids.length > 0 && typeof vpc === "string" ? [`pilot:network, existing, with the VPC ${vpc}`] : []),
  ];
  if (form === "manifest") return shared;
  return [
    ...shared,
    `its subnets ${ids.join(", ")}`,
    `pilot:dns of the type ${dns.topology}`,
    store.discoveryBucket === undefined
      ? "no bucket for OIDC documents (pilot:stateStore, discovery: none)"
      : `the bucket ${store.discoveryBucket} for OIDC documents`,
    "no pilot:defaultTags, which would be added to every cluster",
  ];
}

const heading = ({ name }: StoredCluster, form: string, needs: readonly string[]): string =>
  [
    `# ${name}, as ${form}, by \`pilot assess\`. It is adopted as it is: see docs/guide/adopting.md.`,
    "# The stack's environment needs:",
    ...needs.map((need) => `# - ${need}`),
    "",
  ].join("\n");

/** The manifest as a cluster file names it. */
function manifestFiles(cluster: StoredCluster): Record<string, string> {
  const { name, spec, kopsVersion = anyKops, texts } = cluster;
  const file = `kops/${name}.yaml`;
  const hasIds = listOf(spec["subnets"]).some(({ id }) => typeof id === "string" && id !== "");
  const kept = hasIds ? keptDns(cluster) : undefined;
  const beside = {
    ...{ manifest: file, kopsVersion, adopt: true },
    ...(!hasIds && { network: "own" }),
    ...(kept && { kops: { cluster: kept } }),
  };
  return {
    [`${name}.yaml`]: heading(cluster, "kOps's own manifest", needsOf(cluster, "manifest")) + dump(beside),
    [file]: `${texts.map((one) => one.replace(/^---\n/, "")).join("\n---\n")}\n`,
  };
}

/**
 * What adopting files changes in the manifests: the program reads and composes them, and the result is compared with
 * the store. Problems of the files are changes as well: nothing could be adopted.
 */
export function changesBy(files: Readonly<Record<string, string>>, cluster: StoredCluster): string[] {
  const environment = environmentAround(cluster);
  const folder = mkdtempSync(join(tmpdir(), "pilot-assess-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const { zones } = environment.network;
    const { requests, problems } = readClusterFiles({
      ...{ folder, label: "clusters", defaults: {}, overrides: {}, secrets: [], ipv6Clusters: true },
      zoneName: environment.dns.zoneName,
      records: environment.dns.topology !== "None",
      zones: zones.map(({ zone }) => zone),
      privateSubnets: zones.every(({ privateCidr }) => privateCidr !== undefined),
      utilitySubnets: zones.every(({ utilityCidr }) => utilityCidr !== undefined),
    });
    const [request] = requests;
    if (request === undefined)
      return problems.map(({ path, message }) => `refused: ${path === "" ? "" : `${path} `}${message}`);
    const { cluster: spec, instanceGroups } = composeCluster(request, environment);
    return [
      ...differences(cluster.spec, spec, "cluster"),
      ...[...new Set([...Object.keys(cluster.groups), ...Object.keys(instanceGroups)])].flatMap((name) =>
        differences(cluster.groups[name], instanceGroups[name], `instanceGroups.${name}`),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The names of fields alone: their values may be secret. */
function differences(live: unknown, desired: unknown, path: string): string[] {
  if (isSame(live, desired)) return [];
  const named = differencesOf(live, desired, path)
    .map((line) => line.replace(/: .*$/s, ""))
    .filter((field) => !field.endsWith(".role"));
  return named.length > 0 ? named : [path];
}

/** The files of a cluster: a request where it fits one without any difference, else a manifest. */
export function filesOf(cluster: StoredCluster): WrittenCluster {
  const secrets = secretsIn(cluster);
  if (secrets.length > 0)
    return {
      ...{ form: "none", files: {}, changes: [], needs: [] },
      why:
        `its manifest holds what looks like a secret (${secrets.join(", ")}): move it out, or write the file by hand ` +
        "with `kops get all -o yaml`",
    };
  const fitting = requestOf(cluster);
  let why = "why" in fitting ? fitting.why : undefined;
  if ("request" in fitting) {
    const needs = needsOf(cluster, "request");
    const files = { [`${cluster.name}.yaml`]: heading(cluster, "a request", needs) + dump(fitting.request) };
    const [change] = changesBy(files, cluster);
    if (change === undefined) {
      const tags = listOf(cluster.spec["subnets"]).length;
      return {
        ...{ form: "request", why, files, needs },
        changes: [`nothing in kOps; this program becomes the owner of the cluster's tag on ${tags} subnets`],
      };
    }
    why = `a request would change ${change}`;
  }
  const files = manifestFiles(cluster);
  return { form: "manifest", why, files, changes: changesBy(files, cluster), needs: needsOf(cluster, "manifest") };
}
