import { removalOf, removedFeatures } from "../model/kops-minors.ts";
import type { RemovedFeature } from "../model/kops-minors.ts";
import { fieldsOf, isRecord, itemsOf } from "../model/spec.ts";
import { hasUnknown, unknownValue } from "../model/unknown.ts";
import { distance, isSince, minorOf, minorText } from "../model/versions.ts";
import { at, groupsOf, lower, present } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";

/** The properties that use a feature. Values that are not known yet use none. */
type Uses = (inputs: Fields) => string[];

const given = (value: Json): boolean => value !== unknownValue && present(value) !== undefined;

const field =
  (...paths: string[]): Uses =>
  (inputs) =>
    paths.filter((path) => given(at(inputs, path)));

const when = (property: string, is: boolean): string[] => (is ? [property] : []);

/** `cluster.<path>`, and the same field of each group. */
const places = (inputs: Fields, path: string): [property: string, value: Json][] => [
  [`cluster.${path}`, at(inputs, `cluster.${path}`)],
  ...groupsOf(inputs).map(([name, group]): [string, Json] => [`instanceGroups.${name}.${path}`, at(group, path)]),
];

/** Each in its place; one that is not known yet has no fields. */
const items = (value: Json): Fields[] => itemsOf(value).map(fieldsOf);

const isBelow = (value: Json, major: number, minor: number): boolean => {
  const version = minorOf(value);
  return version !== undefined && distance({ major, minor }, version) < 0;
};

/** Names and parameters of public images. The id of an image does not tell its system. */
const oldSystem = /ubuntu-focal-20\.04|\/ubuntu\/server(-minimal)?\/20\.04\/|\bamzn2-ami-|\bdebian-10-/;

const uses: Readonly<Record<RemovedFeature, Uses>> = {
  canal: field("cluster.networking.canal"),
  cilium116: (inputs) => {
    const property = "cluster.networking.cilium.version";
    return when(property, isBelow(at(inputs, property), 1, 18));
  },
  terminationHandlerBesideKarpenter: (inputs) => {
    const handler = at(inputs, "cluster.nodeTerminationHandler");
    const enabled = at(inputs, "cluster.nodeTerminationHandler.enabled");
    return when(
      "cluster.nodeTerminationHandler",
      isRecord(handler) && (enabled ?? true) === true && at(inputs, "cluster.karpenter.enabled") === true,
    );
  },
  podInfraContainerImage: field(
    "cluster.kubelet.podInfraContainerImage",
    "cluster.masterKubelet.podInfraContainerImage",
  ),
  etcd34: (inputs) =>
    items(at(inputs, "cluster.etcdClusters")).flatMap(({ version }, index) =>
      when(`cluster.etcdClusters[${index}].version`, isBelow(version, 3, 5)),
    ),
  oldSystems: (inputs) =>
    groupsOf(inputs).flatMap(([name, { image }]) =>
      when(`instanceGroups.${name}.image`, typeof image === "string" && oldSystem.test(image)),
    ),
  addonFiles: (inputs) =>
    items(at(inputs, "cluster.addons")).flatMap(({ manifest }, index) =>
      when(`cluster.addons[${index}].manifest`, typeof manifest === "string" && manifest.startsWith("file://")),
    ),
  // kOps refuses it only where the spec has `kubeProxy`.
  calicoBpfBesideKubeProxy: (inputs) => {
    const proxy = at(inputs, "cluster.kubeProxy");
    const enabled = at(inputs, "cluster.kubeProxy.enabled");
    const isOn = isRecord(proxy) && !hasUnknown(enabled) && enabled !== false;
    return when("cluster.kubeProxy.enabled", at(inputs, "cluster.networking.calico.bpfEnabled") === true && isOn);
  },
  // As usesLegacyGossip in pkg/apis/kops/validation.
  gossip: (inputs) => {
    const [name, type] = [inputs["name"], at(inputs, "cluster.topology.dns.type")];
    const isLocal = typeof name === "string" && name.endsWith(".k8s.local") && isRecord(inputs["cluster"]);
    return when("cluster.topology.dns.type", isLocal && type !== unknownValue && lower(type) !== "none");
  },
  gossipFields: field("cluster.gossipConfig", "cluster.dnsControllerGossipConfig"),
  // No class is the classic one.
  classicLoadBalancer: (inputs) => {
    const kind = at(inputs, "cluster.api.loadBalancer.class");
    const isClassic = kind !== unknownValue && (lower(present(kind)) ?? "classic") === "classic";
    return when("cluster.api.loadBalancer.class", isRecord(at(inputs, "cluster.api.loadBalancer")) && isClassic);
  },
  kopeio: field("cluster.networking.kopeio"),
  containerd20: (inputs) =>
    places(inputs, "containerd.version").flatMap(([property, version]) => when(property, isBelow(version, 2, 1))),
};

const features = Object.keys(removedFeatures) as RemovedFeature[];

/** Refuses what this kOps no longer has. kOps 1.36 and older refuse some of it only after the store was written. */
export const removed: Rule = ({ desired }) => {
  const kops = minorOf(desired["kopsVersion"]);
  if (!kops) return [];
  return features.flatMap((feature): Refusal[] => {
    const { in: first, what, instead, guide } = removalOf(feature);
    if (!isSince(desired["kopsVersion"], first)) return [];
    return uses[feature](desired).map((property) => ({
      property,
      reason: `uses ${what}, which kOps ${minorText(kops)} no longer has (removed in ${first}): ${instead}`,
      ...(guide !== undefined && { guide }),
    }));
  });
};

/** What a later kOps of the table will refuse. */
export function removalsAhead(inputs: Fields): string[] {
  return features.flatMap((feature) => {
    const { in: first, what, instead } = removalOf(feature);
    const [property] = isSince(inputs["kopsVersion"], first) ? [] : uses[feature](inputs);
    return property === undefined ? [] : [`${property}: kOps ${first} no longer has ${what}; before that, ${instead}`];
  });
}
