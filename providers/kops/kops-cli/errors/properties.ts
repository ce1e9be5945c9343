import { cloudNameOf } from "../../model/cloud-names.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { isRecord } from "../../model/spec.ts";
import { referencesOf } from "../../rules/lookups/references.ts";
import type { FailedTask } from "./stalls.ts";

type Inputs = Pick<KopsClusterInputs, "name" | "cluster" | "instanceGroups" | "kopsVersion">;

/** A text in the inputs, and its path. */
interface Leaf {
  property: string;
  value: string;
}

function leavesOf(value: unknown, property: string): Leaf[] {
  if (typeof value === "string") return [{ property, value }];
  if (Array.isArray(value)) return value.flatMap((one, index) => leavesOf(one, `${property}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, `${property}.${key}`));
}

const allLeaves = ({ cluster, instanceGroups }: Inputs): Leaf[] => [
  ...leavesOf(cluster, "cluster"),
  ...leavesOf(instanceGroups, "instanceGroups"),
];

/** Ids that AWS gives, such as `eipalloc-0123456789abcdef0`, ARNs and addresses. */
const awsId = /^([a-z]+-[0-9a-f]{8,17}|arn:\S+|\d+\.\d+\.\d+\.\d+)$/;

/** Whether a text has a value as a word of its own: `nodes` is no word of `nodes.k1.example.com`. */
function hasWord(text: string, value: string): boolean {
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w./:-])${literal}(?![\w/:-]|\.\w)`).test(text);
}

/** The properties whose values an error names: ids and names of what the cluster refers to and does not make. */
export function namedProperties(text: string, inputs: Inputs): string[] {
  const given = [
    ...referencesOf(inputs).map(({ property, id }) => ({ property, value: id })),
    ...allLeaves(inputs).filter(({ value }) => awsId.test(value)),
  ];
  return [...new Set(given.filter(({ value }) => hasWord(text, value)).map(({ property }) => property))];
}

const versionText = /^v?(\d+\.\d+\.\d+\S*)$/;

/** The properties whose version is in the URL of a file. */
function versionsIn(url: string, inputs: Inputs): string[] {
  return [{ property: "kopsVersion", value: inputs.kopsVersion }, ...allLeaves(inputs)].flatMap(
    ({ property, value }) => {
      const version = versionText.exec(value)?.[1]?.replaceAll(".", String.raw`\.`);
      return version !== undefined && new RegExp(`(?<![\\d.])${version}(?![\\d.]*\\d)`).test(url) ? [property] : [];
    },
  );
}

/** The subnet of a task: kOps names tasks after the subnet, or after its zone. */
function subnetOf(task: string, { cluster, name }: Inputs): { path: string; hasEgress: boolean } | undefined {
  const subnets: unknown = cluster["subnets"];
  if (!Array.isArray(subnets)) return undefined;
  const of = task.replace(`.${name}`, "");
  const by = (key: string): number => subnets.findIndex((one) => isRecord(one) && one[key] === of);
  const index = by("name") >= 0 ? by("name") : by("zone");
  const subnet: unknown = subnets[index];
  return isRecord(subnet)
    ? { path: `cluster.subnets[${index}]`, hasEgress: typeof subnet["egress"] === "string" }
    : undefined;
}

function groupOf(task: string, { name, instanceGroups }: Inputs): string | undefined {
  const group = Object.entries(instanceGroups).find(([key, spec]) =>
    [key, `${key}.${name}`, cloudNameOf(key, spec, name)].includes(task),
  );
  return group && `instanceGroups.${group[0]}`;
}

/** The property behind a kind of task, where the error itself names none. */
const byTask: Readonly<Record<string, (task: string, inputs: Inputs) => string | undefined>> = {
  VPC: (_task, { cluster }) => (cluster["networkID"] === undefined ? "cluster.networkCIDR" : "cluster.networkID"),
  VPCCIDRBlock: () => "cluster.additionalNetworkCIDRs",
  Subnet: (task, inputs) => subnetOf(task, inputs)?.path,
  ElasticIP: egress,
  NatGateway: egress,
  BootstrapScript: groupOf,
  LaunchTemplate: groupOf,
  AutoscalingGroup: groupOf,
  WarmPool: groupOf,
  NetworkLoadBalancer: () => "cluster.api.loadBalancer",
  NetworkLoadBalancerListener: () => "cluster.api.loadBalancer",
  ClassicLoadBalancer: () => "cluster.api.loadBalancer",
  TargetGroup: () => "cluster.api.loadBalancer",
  EBSVolume: () => "cluster.etcdClusters",
  DNSZone: () => "cluster.dnsZone",
  DNSName: () => "cluster.dnsZone",
};

function egress(task: string, inputs: Inputs): string | undefined {
  const subnet = subnetOf(task, inputs);
  return subnet && (subnet.hasEgress ? `${subnet.path}.egress` : subnet.path);
}

/** The properties of the inputs that an error of a task is about; none if that cannot be told. */
export function propertiesOf({ task, text }: Pick<FailedTask, "task" | "text">, inputs: Inputs): string[] {
  const url = /cannot determine hash for "([^"]+)"/.exec(text)?.[1];
  if (url !== undefined) return versionsIn(url, inputs);
  const named = namedProperties(text, inputs);
  if (named.length > 0) return named;
  if (/Field cannot be changed: VPC$/.test(text) && inputs.cluster["networkID"] !== undefined)
    return ["cluster.networkID"];
  const [kind = "", ...name] = task.split("/");
  const property = byTask[kind]?.(name.join("/"), inputs);
  return property === undefined ? [] : [property];
}
