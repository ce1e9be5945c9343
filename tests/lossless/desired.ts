import yaml from "js-yaml";
import { fullName } from "../../components/cluster/spec/names.ts";
import { isPlainObject, type PlainObject } from "../../components/config/merge.ts";

/** The stack with the environment, and one with clusters in it. */
export const stacks = ["sbx", "team"] as const;
export type Stack = (typeof stacks)[number];

/** A file as a mapping, or as text if it is a manifest or not valid YAML. */
export type Content = { readonly value: PlainObject } | { readonly text: string };

/** What a user has written: each stack's config by full key, and the files below `clusters/` by path. */
export interface Desired {
  readonly stacks: Readonly<Record<Stack, PlainObject>>;
  readonly files: Readonly<Record<string, Content>>;
}

export const region = "ap-southeast-2";
export const zoneName = "sbx.pilot.internal";

/** A cluster file of the cheapest cluster with something to roll. */
export const clusterFile = (name: string, workers = 1): PlainObject => ({
  name,
  kopsVersion: "1.35.0",
  kubernetesVersion: "1.34.3",
  apiAccess: ["10.0.0.0/8"],
  zones: [`${region}a`],
  controlPlane: { count: 1, machineType: "t3.medium" },
  nodeGroups: { nodes: { machineType: "t3.large", count: workers } },
});

/** Two clusters in the environment's stack, one of which keeps everything when deleted, and one in another stack. */
export function firstDesired(): Desired {
  return {
    stacks: {
      sbx: {
        "aws:region": region,
        "pilot:network": { cidr: "10.20.0.0/16", zones: [`${region}a`, `${region}b`], nat: "single" },
        "pilot:dns": { type: "private", name: zoneName },
        "pilot:stateStore": { onDestroy: "purge" },
        "pilot:sandbox": true,
      },
      team: { "aws:region": region, "pilot:environment": "sbx", "pilot:sandbox": false },
    },
    files: {
      "sbx/k1.yaml": { value: clusterFile("k1") },
      "sbx/k2.yaml": { value: clusterFile("k2", 0) },
      "team/t1.yaml": { value: clusterFile("t1", 0) },
    },
  };
}

export const textOf = (content: Content): string =>
  "text" in content ? content.text : yaml.dump(content.value, { lineWidth: -1, noRefs: true });

/** Every file of a checkout in this state, by path. */
export function filesOf(desired: Desired): Record<string, string> {
  return Object.fromEntries([
    ...stacks.map((stack): [string, string] => [
      `Pulumi.${stack}.yaml`,
      yaml.dump({ config: desired.stacks[stack] }, { lineWidth: -1, noRefs: true }),
    ]),
    ...Object.entries(desired.files).map(([path, content]): [string, string] => [`clusters/${path}`, textOf(content)]),
  ]);
}

/** A cluster file of a stack, with the cluster's names. */
export interface Named {
  readonly path: string;
  readonly stack: Stack;
  /** As written in its file. */
  readonly name: string;
  readonly full: string;
  readonly value: PlainObject;
}

/** Cluster files that name a cluster, or a manifest with its name. */
export function clustersIn({ files }: Desired): Named[] {
  return Object.entries(files).flatMap(([path, content]): Named[] => {
    const stack = stacks.find((one) => path.startsWith(`${one}/`));
    if (stack === undefined || path.split("/").length !== 2 || "text" in content) return [];
    const { value } = content;
    const name =
      typeof value["manifest"] === "string" ? nameInManifest(files[`${stack}/${value["manifest"]}`]) : value["name"];
    return typeof name === "string" ? [{ path, stack, name, full: fullName(name, zoneName), value }] : [];
  });
}

function nameInManifest(content: Content | undefined): unknown {
  if (!content || !("text" in content)) return undefined;
  const cluster = yaml.loadAll(content.text).find((one) => isPlainObject(one) && one["kind"] === "Cluster");
  return isPlainObject(cluster) && isPlainObject(cluster["metadata"]) ? cluster["metadata"]["name"] : undefined;
}

/** The same with other config of a stack; `undefined` removes a key. */
export function withConfig(desired: Desired, stack: Stack, changes: PlainObject): Desired {
  const config = Object.fromEntries(
    Object.entries({ ...desired.stacks[stack], ...changes }).filter(([, value]) => value !== undefined),
  );
  return { ...desired, stacks: { ...desired.stacks, [stack]: config } };
}

/** The same with other files; `undefined` removes a file. */
export function withFiles(desired: Desired, changes: Readonly<Record<string, Content | undefined>>): Desired {
  const files = Object.entries({ ...desired.files, ...changes }).flatMap(([path, content]): [string, Content][] =>
    content ? [[path, content]] : [],
  );
  return { ...desired, files: Object.fromEntries(files) };
}
