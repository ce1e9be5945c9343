import { isMap, isScalar, parseAllDocuments } from "yaml";
import type { YAMLMap } from "yaml";
import { architectureOf } from "../../components/cluster/request/machines.ts";
import type { Architecture } from "../../components/cluster/request/machines.ts";
import { deepMerge, isPlainObject } from "../../components/config/merge.ts";
import type { PlainObject } from "../../components/config/merge.ts";

/** A version that a file pins, and where it stands in the text. */
export interface Pin {
  kind: "image" | "kubernetes";
  /** As in `nodeGroups.nodes.image`. */
  path: string;
  value: string;
  /** Of the scalar, with its quotes. */
  from: number;
  to: number;
}

/** Texts at a path, in which `*` stands for any key. */
function scalarsAt(node: unknown, path: readonly string[], passed: readonly string[] = []): Omit<Pin, "kind">[] {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) return [];
    return [{ path: passed.join("."), value: node.value, from: node.range[0], to: node.range[1] }];
  }
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    return key === "*" || key === name ? scalarsAt(pair.value, rest, [...passed, name]) : [];
  });
}

const requestImages = [
  "image",
  "image.amd64",
  "image.arm64",
  "controlPlane.image",
  "nodeGroups.*.image",
  "bastion.image",
];

function inRequest(node: unknown, below: readonly string[] = []): Pin[] {
  const at = (kind: Pin["kind"], path: string): Pin[] =>
    scalarsAt(node, [...below, ...path.split(".")]).map((one) => ({ kind, ...one }));
  return [...requestImages.flatMap((path) => at("image", path)), ...at("kubernetes", "kubernetesVersion")];
}

const textIn = (map: YAMLMap, key: string): unknown => map.get(key);

/** The versions that a cluster file, a kOps manifest or a stack file pins. */
export function pinsIn(text: string, file: "cluster" | "stack"): Pin[] {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  return [...documents].flatMap(({ contents }): Pin[] => {
    if (!isMap(contents)) return [];
    if (file === "stack")
      return ["pilot:clusterDefaults", "pilot:clusterOverrides"].flatMap((key) => inRequest(contents, ["config", key]));
    if (textIn(contents, "apiVersion") === undefined) return inRequest(contents);
    return [
      ...scalarsAt(contents, ["spec", "image"]).map((one) => ({ kind: "image" as const, ...one })),
      ...scalarsAt(contents, ["spec", "kubernetesVersion"]).map((one) => ({ kind: "kubernetes" as const, ...one })),
    ];
  });
}

/** The text with another value of a pin; comments, order and quotes stay. */
export function withPin(text: string, { value, from, to }: Pin, next: string): string {
  return `${text.slice(0, from)}${text.slice(from, to).replace(value, () => next)}${text.slice(to)}`;
}

/** Architectures of groups that name no image, and so have the program's. */
export function architecturesWithoutImage(request: PlainObject): Architecture[] {
  if (request["image"] !== undefined || "apiVersion" in request || "manifest" in request) return [];
  const groups = isPlainObject(request["nodeGroups"]) ? Object.values(request["nodeGroups"]) : [];
  const types = [request["controlPlane"], ...groups, request["bastion"]].flatMap((group) =>
    isPlainObject(group) && group["image"] === undefined && typeof group["machineType"] === "string"
      ? [architectureOf(group["machineType"])]
      : [],
  );
  return [...new Set(types)].sort();
}

/** The text of a cluster file with the image of all its groups that name none; undefined in flow style. */
export function withImage(text: string, images: Readonly<Partial<Record<Architecture, string>>>): string | undefined {
  const [document, ...others] = parseAllDocuments(text, { uniqueKeys: false });
  if (others.length > 0 || !document || !("contents" in document)) return undefined;
  if (!isMap(document.contents) || document.contents.flow === true) return undefined;
  const lines = Object.entries(images).map(([architecture, image]) => `  ${architecture}: ${image}\n`);
  return `${text.replace(/\n*$/, "\n")}\n# Raised by \`npx pilot refresh\`. Another image replaces the nodes.\nimage:\n${lines.join("")}`;
}

/** What a cluster file means over the defaults and under the overrides of its stack. */
export function effective(file: PlainObject, defaults: unknown, overrides: unknown): PlainObject {
  const of = (value: unknown): PlainObject => (isPlainObject(value) ? value : {});
  return deepMerge(deepMerge(of(defaults), file), of(overrides));
}
