import parseVersion from "semver/functions/parse.js";
import gt from "semver/functions/gt.js";
import { isSupported, oldestSupported } from "../run/binary.ts";
import type { RefusalName } from "./refusal-names.ts";
import { unknownRollGroups } from "../roll/roll-groups.ts";
import { isRecord, roleOf } from "../spec.ts";
import { hasUnknown, unknownValue } from "./unknown.ts";
import { distance, minorOf, minorPath, minorText, oldestBehind, partsLeftBehind } from "./upgrades.ts";
import type { Minor, RunningVersions } from "./upgrades.ts";

/** One problem of the inputs: where, and what. */
export interface Failure {
  property: string;
  reason: string;
}

type Json = unknown;
type Fields = Record<string, Json>;

/** A finding of a rule. Without a name nothing lets it through: kOps itself would stop. */
interface Refusal extends Failure {
  name?: RefusalName;
  guide?: string;
}

/** What a rule looks at: the inputs of the last run, if there was one, and those of this one. Untyped: some may be wrong or unknown. */
interface Change {
  old: Fields | undefined;
  wanted: Fields;
  /** What the cluster may still run, where the journal was asked. */
  running?: RunningVersions | undefined;
}

type Rule = (change: Change) => Refusal[];

const docs = "https://kops.sigs.k8s.io";

const guides = {
  cloud: `${docs}/getting_started/aws/`,
  store: `${docs}/state/`,
  vpc: `${docs}/run_in_existing_vpc/`,
  cni: `${docs}/networking/#switching-between-networking-providers`,
  networking: `${docs}/networking/`,
  topology: `${docs}/topology/`,
  loadBalancerType: `${docs}/topology/#changing-the-topology-of-the-api-server`,
  loadBalancerClass: `${docs}/cluster_spec/#load-balancer-class`,
  members: `${docs}/single-to-multi-master/`,
  etcd: `${docs}/operations/etcd_administration/`,
  restore: `${docs}/operations/etcd_backup_restore_encryption/#restore-backups`,
  encryption: `${docs}/operations/etcd_backup_restore_encryption/#etcd-volume-encryption`,
  issuer: `${docs}/operations/service_account_issuer_migration/`,
  upgrades: `${docs}/operations/updates_and_upgrades/`,
  versions: `${docs}/welcome/releases/`,
  groups: `${docs}/instance_groups/`,
  images: `${docs}/operations/images/`,
  secrets: `${docs}/security/`,
  rotation: `${docs}/operations/rotate-secrets/`,
} as const;

const newCluster = "make a new cluster beside this one, move the workloads, then remove this one";

function fieldsOf(value: Json): Fields {
  return isRecord(value) ? value : {};
}

/** What is at a path, or the mark of a value that is not known yet when that stands on the way. */
function at(fields: Fields | undefined, path: string): Json {
  return path.split(".").reduce<Json>((value, key) => (value === unknownValue ? unknownValue : isRecord(value) ? value[key] : undefined), fields);
}

function listOf(value: Json): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Groups by name; none while they are not known. */
function groupsOf(inputs: Fields | undefined): [string, Fields][] {
  return Object.entries(fieldsOf(inputs?.["instanceGroups"])).filter((entry): entry is [string, Fields] => isRecord(entry[1]));
}

function shown(value: Json): string {
  if (value === undefined || value === null || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An empty value is one left out, as kOps's own `omitempty` has it. */
function present(value: Json): Json {
  return value === "" || value === null ? undefined : value;
}

function differs(old: Json, wanted: Json): boolean {
  if (hasUnknown(old) || hasUnknown(wanted)) return false;
  return JSON.stringify(present(old)) !== JSON.stringify(present(wanted));
}

function fromTo(old: Json, wanted: Json): string {
  return `cannot change from ${shown(old)} to ${shown(wanted)}`;
}

/** A field of the Cluster that stays as it is. */
interface Fixed {
  name: RefusalName;
  path: string;
  why: string;
  guide: string;
  /** What kOps takes where nothing is given, as far as the inputs tell. */
  byDefault?: (inputs: Fields) => Json;
  /** Where this is left out of the wanted cluster, the value stays (`withAssignments`). */
  kept?: string;
  /** What kOps takes where nothing is given cannot be told: only two values can be compared. */
  untold?: boolean;
  caseSensitive?: boolean;
}

const lower = (value: Json): Json => (typeof value === "string" ? value.toLowerCase() : value);

function isIPv6Only(inputs: Fields): boolean {
  return at(inputs, "cluster.nonMasqueradeCIDR") === "::/0";
}

function usesAmazonVpc(inputs: Fields): boolean {
  return isRecord(at(inputs, "cluster.networking.amazonvpc"));
}

const fixed: readonly Fixed[] = [
  {
    // VPC.CheckChanges in upup/pkg/fi/cloudup/awstasks: FieldIsImmutable. Assigned by PerformAssignments.
    name: "networkCIDR",
    path: "networkCIDR",
    why: `AWS cannot change the primary range of a VPC; more ranges go into additionalNetworkCIDRs; else ${newCluster}`,
    guide: guides.vpc,
    byDefault: (inputs) => (present(at(inputs, "cluster.networkID")) === undefined ? "172.20.0.0/16" : undefined),
    kept: "networkCIDR",
    untold: true,
  },
  {
    // Subnet.CheckChanges: a subnet stays in its VPC, and so do load balancers, security groups and nodes.
    name: "networkID",
    path: "networkID",
    why: `nothing in AWS moves to another VPC: ${newCluster}`,
    guide: guides.vpc,
  },
  {
    // PerformAssignments takes 100.64.0.0/10, or with the Amazon VPC CNI the network's own range, and keeps it.
    name: "nonMasqueradeCIDR",
    path: "nonMasqueradeCIDR",
    why: `running pods have addresses of the old range, and nodes with the new one no longer reach them: ${newCluster}`,
    guide: guides.networking,
    byDefault: (inputs) => (usesAmazonVpc(inputs) ? undefined : "100.64.0.0/10"),
    kept: "nonMasqueradeCIDR",
    untold: true,
  },
  {
    // Not checked by kOps beyond the form of the value (validateNetworking); left out, assignSubnets in populate_cluster_spec.go
    // gives this default.
    name: "serviceClusterIPRange",
    path: "serviceClusterIPRange",
    why: `existing Services, the cluster's DNS and the API server's certificate keep addresses of the old range: ${newCluster}`,
    guide: guides.networking,
    byDefault: (inputs) => (isIPv6Only(inputs) ? "fd00:5e4f:ce::/108" : "100.64.0.0/13"),
  },
  {
    // Left out, assignSubnets in populate_cluster_spec.go takes the upper half of nonMasqueradeCIDR.
    name: "podCIDR",
    path: "podCIDR",
    why: `running pods and the ranges given to nodes are of the old range: ${newCluster}`,
    guide: guides.networking,
    untold: true,
  },
  {
    // TopologySpec of v1alpha2; older kOps versions read it, newer ones take it from the types of the subnets.
    name: "topology",
    path: "topology.masters",
    why: `nodes, load balancer and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    untold: true,
  },
  {
    name: "topology",
    path: "topology.nodes",
    why: `nodes and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    untold: true,
  },
  {
    // Not checked by kOps as a change (awsValidateTopologyDNS asks for a load balancer of class Network with `none`): names in
    // certificates, user data and kubeconfigs become others. Left out, PopulateClusterSpec takes Public.
    name: "topology",
    path: "topology.dns.type",
    why: `nodes find the API by the old names until the last one is replaced: ${newCluster}`,
    guide: guides.topology,
    byDefault: (inputs) => (shown(inputs["name"]).endsWith(".k8s.local") ? undefined : "Public"),
    kept: "topology",
    untold: true,
  },
  {
    // validateCloudProvider sees only the new value, and every resource of the old cloud would stay.
    name: "cloudProvider",
    path: "cloudProvider",
    why: `a cluster cannot move to another cloud: ${newCluster}`,
    guide: guides.cloud,
    untold: true,
  },
  {
    // Not checked by kOps: tokens of the old issuer are refused at once. `additionalServiceAccountIssuers` is the way.
    name: "serviceAccountIssuer",
    path: "serviceAccountIssuerDiscovery.discoveryStore",
    why: "it is part of the issuer of every service account's token: AWS and the API server refuse those given out before; serve both with additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
  {
    name: "serviceAccountIssuer",
    path: "kubeAPIServer.serviceAccountIssuer",
    why: "it is the issuer of every service account's token: those given out before are refused; serve both with additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
];

function fixedFields({ old, wanted }: Change): Refusal[] {
  if (!isRecord(old?.["cluster"]) || !isRecord(wanted["cluster"])) return [];
  return fixed.flatMap(({ name, path, why, guide, byDefault, kept, untold, caseSensitive }) => {
    if (kept !== undefined && present(at(wanted, `cluster.${kept}`)) === undefined) return [];
    const before = present(at(old, `cluster.${path}`)) ?? byDefault?.(old);
    const after = present(at(wanted, `cluster.${path}`)) ?? byDefault?.(wanted);
    if (untold === true && (before === undefined || after === undefined)) return [];
    if (!(caseSensitive === true ? differs(before, after) : differs(lower(before), lower(after)))) return [];
    return [{ name, property: `cluster.${path}`, reason: `${fromTo(before, after)}: ${why}`, guide }];
  });
}

/** Another name or store is another cluster, whatever `allow` says. */
const identity: Rule = ({ old, wanted }) =>
  ["name", "stateStore"].flatMap((property) => {
    const before = old?.[property];
    if (before === undefined || !differs(before, wanted[property])) return [];
    return [{ property, reason: `${fromTo(before, wanted[property])}: it would be another cluster; add the new one beside it, move the workloads, then remove this one` }];
  });

/** Where kOps keeps keys and generated files. populateClusterSpec.run takes what is there, kOps never moves it. */
const places: Rule = ({ old, wanted }) => {
  if (!isRecord(old?.["cluster"]) || !isRecord(wanted["cluster"]) || differs(old["name"], wanted["name"]) || differs(old["stateStore"], wanted["stateStore"])) return [];
  const trimmed = (value: Json): Json => (typeof value === "string" ? value.replace(/\/+$/, "") : value);
  const base = (inputs: Fields): Json => {
    const given = present(at(inputs, "cluster.configBase"));
    if (given !== undefined) return trimmed(given);
    const { stateStore, name } = inputs;
    if (typeof stateStore !== "string" || typeof name !== "string" || stateStore === unknownValue || name === unknownValue) return unknownValue;
    return `${trimmed(stateStore) as string}/${name}`;
  };
  const below = (key: string, folder: string) => (inputs: Fields): Json => {
    const given = present(at(inputs, `cluster.${key}`));
    if (given !== undefined) return trimmed(given);
    const root = base(inputs);
    return root === unknownValue ? unknownValue : `${root as string}/${folder}`;
  };
  const checked: [string, (inputs: Fields) => Json][] = [
    ["configBase", base],
    ["keyStore", below("keyStore", "pki")],
    ["secretStore", below("secretStore", "secrets")],
  ];
  return checked.flatMap(([key, effective]) => {
    // The stores below the base follow it: one refusal for one change.
    if (key !== "configBase" && !differs(at(old, `cluster.${key}`), at(wanted, `cluster.${key}`))) return [];
    const before = effective(old);
    const after = effective(wanted);
    if (!differs(before, after)) return [];
    return [
      {
        name: "configBase" as const,
        property: `cluster.${key}`,
        reason: `${fromTo(before, after)}: kOps would make new keys there, which no node and no kubeconfig trusts; copy the folder first`,
        guide: guides.store,
      },
    ];
  });
};

/** The network plug-ins named in `networking`. Exactly one, says validateNetworking. */
function pluginOf(inputs: Fields): Json {
  const networking = at(inputs, "cluster.networking");
  if (networking === unknownValue) return unknownValue;
  const kinds = Object.entries(fieldsOf(networking)).filter(([, options]) => options !== undefined && options !== null);
  return kinds.length === 0 ? undefined : kinds.map(([kind]) => kind.toLowerCase()).sort().join("+");
}

/** kOps's guide calls only the way away from kubenet safe; ValidateClusterUpdate lets all pass. */
const plugin: Rule = ({ old, wanted }) => {
  if (!old) return [];
  const before = pluginOf(old);
  const after = pluginOf(wanted);
  if (before === undefined || after === undefined || before === "kubenet" || !differs(before, after)) return [];
  return [
    {
      name: "networking",
      property: "cluster.networking",
      reason: `${fromTo(before, after)}: pods on rolled and unrolled nodes cannot reach each other, and kOps leaves the old plug-in's DaemonSet behind`,
      guide: guides.cni,
    },
  ];
};

/** Subnet.CheckChanges in awstasks: VPC, zone and CIDR are immutable. A subnet that left is not deleted, and one that is renamed has left. */
const subnets: Rule = ({ old, wanted }) => {
  const before = at(old, "cluster.subnets");
  const after = at(wanted, "cluster.subnets");
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  const unsure = after.some((subnet: Json) => subnet === unknownValue || at(fieldsOf(subnet), "name") === unknownValue);
  return listOf(before).flatMap((subnet): Refusal[] => {
    const index = after.findIndex((one: Json) => at(fieldsOf(one), "name") === subnet["name"]);
    if (index < 0) {
      if (unsure) return [];
      const reason = `subnet ${shown(subnet["name"])} cannot leave: kOps forgets it and leaves it in AWS with what stands in it; take it out of every instance group and roll them first`;
      return [{ name: "subnets", property: "cluster.subnets", reason, guide: guides.vpc }];
    }
    const now = fieldsOf(after[index]);
    return (["zone", "id", "cidr", "ipv6CIDR", "type"] as const).flatMap((field) => {
      const from = lower(present(subnet[field]));
      const to = lower(present(now[field]));
      // Ranges that were left out were assigned by kOps, and stay.
      if ((field === "cidr" || field === "ipv6CIDR") && (from === undefined || to === undefined)) return [];
      if (!differs(from, to)) return [];
      const reason = `${fromTo(subnet[field], now[field])}: AWS cannot change or move a subnet, and its nodes and load balancers stay in the old one; add a subnet with a new name instead`;
      return [{ name: "subnets", property: `cluster.subnets[${index}].${field}`, reason, guide: guides.vpc }];
    });
  });
};

/** NetworkLoadBalancer and ClassicLoadBalancer in awstasks set the scheme only when they are created. Left out, the class is Classic (PopulateClusterSpec). */
const loadBalancer: Rule = ({ old, wanted }) => {
  const before = at(old, "cluster.api.loadBalancer");
  const after = at(wanted, "cluster.api.loadBalancer");
  if (!isRecord(before) || !isRecord(after)) return [];
  const found: Refusal[] = [];
  if (before["type"] !== undefined && after["type"] !== undefined && differs(lower(before["type"]), lower(after["type"]))) {
    found.push({
      name: "loadBalancer",
      property: "cluster.api.loadBalancer.type",
      reason: `${fromTo(before["type"], after["type"])}: AWS cannot turn a load balancer between internet-facing and internal; it must be deleted by hand first, and the API is away meanwhile`,
      guide: guides.loadBalancerType,
    });
  }
  const classOf = (spec: Fields): Json => present(spec["class"]) ?? "Classic";
  if (differs(lower(classOf(before)), lower(classOf(after)))) {
    found.push({
      name: "loadBalancer",
      property: "cluster.api.loadBalancer.class",
      reason: `${fromTo(classOf(before), classOf(after))}: new connections to the API fail until every control-plane node is replaced, and the old load balancer must be removed by hand`,
      guide: guides.loadBalancerClass,
    });
  }
  return found;
};

/** Members of one etcd cluster by name; `undefined` while a name is not known. */
function membersOf(etcd: Fields): Map<string, Fields> | undefined {
  const members = etcd["etcdMembers"];
  if (members === unknownValue) return undefined;
  if (Array.isArray(members) && members.some((one: Json) => one === unknownValue || fieldsOf(one)["name"] === unknownValue)) return undefined;
  return new Map(listOf(members).map((member) => [shown(member["name"]), member]));
}

/** ValidateClusterUpdate: an etcd cluster cannot be removed, a member's group cannot change. What it does not see: members that come and go. */
const etcd: Rule = ({ old, wanted }) => {
  const before = at(old, "cluster.etcdClusters");
  const after = at(wanted, "cluster.etcdClusters");
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  if (after.some((one: Json) => one === unknownValue || fieldsOf(one)["name"] === unknownValue)) return [];
  return listOf(before).flatMap((was): Refusal[] => {
    const index = after.findIndex((one: Json) => at(fieldsOf(one), "name") === was["name"]);
    if (index < 0) {
      return [{ property: "cluster.etcdClusters", reason: `etcd cluster ${shown(was["name"])} cannot be removed, and kOps has no way to: put it back`, guide: guides.etcd }];
    }
    return etcdChanges(`cluster.etcdClusters[${index}]`, was, fieldsOf(after[index]));
  });
};

function etcdChanges(property: string, was: Fields, now: Fields): Refusal[] {
  const found: Refusal[] = [];
  const providerOf = (spec: Fields): Json => present(spec["provider"]) ?? "Manager";
  if (differs(lower(providerOf(was)), lower(providerOf(now)))) {
    // validateEtcdClusterSpec: kOps knows no other than Manager any more.
    found.push({
      property: `${property}.provider`,
      reason: `${fromTo(providerOf(was), providerOf(now))}: the data are not carried over by a roll`,
      guide: `${docs}/etcd3-migration/`,
    });
  }
  const before = membersOf(was);
  const after = membersOf(now);
  if (!before || !after) return found;
  const gone = [...before.keys()].filter((member) => !after.has(member));
  const added = [...after.keys()].filter((member) => !before.has(member));
  if (gone.length + added.length > 0) {
    const names = (members: Map<string, Fields>): string => [...members.keys()].join(", ");
    const why =
      gone.length > 0
        ? "a roll that takes members away can cost the quorum, and with it the cluster; back etcd up, then follow the guide"
        : "members join one at a time and quorum is at risk meanwhile; back etcd up, then follow the guide";
    found.push({ name: "etcdClusters", property: `${property}.etcdMembers`, reason: `members ${fromTo(names(before), names(after))}: ${why}`, guide: gone.length > 0 ? guides.etcd : guides.members });
  }
  [...after].forEach(([name, member], index) => {
    const old = before.get(name);
    if (old) found.push(...memberChanges(`${property}.etcdMembers[${index}]`, old, member));
  });
  return found;
}

function memberChanges(property: string, was: Fields, now: Fields): Refusal[] {
  const found: Refusal[] = [];
  if (differs(was["instanceGroup"], now["instanceGroup"])) {
    // validateEtcdMemberUpdate: no flag of kOps lets this pass.
    found.push({ property: `${property}.instanceGroup`, reason: `${fromTo(was["instanceGroup"], now["instanceGroup"])}: kOps never moves an etcd member to another group; put it back`, guide: guides.etcd });
  }
  // EBSVolume.CheckChanges in awstasks: CannotChangeField. Left out, `encryptedVolume` is false (master_volumes.go).
  const encrypted = (member: Fields): Json => present(member["encryptedVolume"]) ?? false;
  for (const [field, from, to] of [
    ["encryptedVolume", encrypted(was), encrypted(now)],
    ["kmsKeyId", present(was["kmsKeyId"]), present(now["kmsKeyId"])],
  ] as const) {
    if (!differs(from, to)) continue;
    found.push({
      name: "etcdEncryption",
      property: `${property}.${field}`,
      reason: `${fromTo(from, to)}: AWS cannot change the encryption of a volume that exists; it must be given when the cluster is made`,
      guide: guides.encryption,
    });
  }
  return found;
}

/** Not checked by kOps: a control-plane group's volumes carry etcd members, a role decides on user data, IAM role and security groups. */
const groups: Rule = ({ old, wanted }) => {
  if (!isRecord(wanted["instanceGroups"])) return [];
  const after = wanted["instanceGroups"];
  return groupsOf(old).flatMap(([name, was]): Refusal[] => {
    const property = `instanceGroups.${name}`;
    const now = after[name];
    if (now === undefined) {
      if (roleOf(was) !== "ControlPlane") return [];
      const reason =
        "a control-plane group cannot leave: its node holds an etcd member, and removing the group removes the member without telling etcd; put it back, or back etcd up, take the member out of etcd as the guide shows, and only then out of etcdClusters and here";
      return [{ name: "controlPlaneGroups", property, reason, guide: guides.etcd }];
    }
    if (!isRecord(now) || was["role"] === unknownValue || now["role"] === unknownValue || roleOf(was) === roleOf(now)) return [];
    const reason = `${fromTo(roleOf(was), roleOf(now))}: its nodes keep data, IAM role and security groups of the old role; add a group with a new name and remove this one`;
    return [{ name: "role", property: `${property}.role`, reason, guide: guides.groups }];
  });
};

/** Without a channel PopulateInstanceGroupSpec has no image for a new group; a group that is there keeps its own. */
const images: Rule = ({ old, wanted }) => {
  if (at(wanted, "cluster.channel") !== "none") return [];
  const before = fieldsOf(old?.["instanceGroups"]);
  return groupsOf(wanted).flatMap(([name, group]): Refusal[] => {
    if (present(group["image"]) !== undefined || name in before) return [];
    return [{ property: `instanceGroups.${name}.image`, reason: "must be given: cluster.channel is none, so kOps has no image to take", guide: guides.images }];
  });
};

/** kOps reads an encryption config only when the cluster says so (ApplyClusterCmd.Run): given in vain, nothing would be encrypted. */
const encryption: Rule = ({ wanted }) => {
  const secrets = fieldsOf(wanted["secrets"]);
  const said = at(wanted, "cluster.encryptionConfig");
  if (present(secrets["encryptionConfig"]) === undefined || said === true || said === unknownValue) return [];
  return [{ property: "secrets.encryptionConfig", reason: "is without effect, and nothing would be encrypted: set cluster.encryptionConfig: true, too", guide: guides.secrets }];
};

/** What everything in the cluster trusts is changed by a rotation in several steps, not by an update. To leave it out changes nothing. */
const certificateAuthority: Rule = ({ old, wanted }) => {
  if (!old || wanted["secrets"] === unknownValue) return [];
  const before = fieldsOf(old["secrets"])["certificateAuthority"];
  const after = fieldsOf(wanted["secrets"])["certificateAuthority"];
  if (after === undefined || !differs(before, after)) return [];
  const reason =
    before === undefined
      ? "cannot be given to a cluster that exists: it has one, which nodes, kubeconfigs and service accounts trust; rotate it as the guide shows"
      : "cannot change by an update: nodes, kubeconfigs and service accounts trust the one that is there; rotate it as the guide shows, then give the new one here";
  return [{ name: "certificateAuthority", property: "secrets.certificateAuthority", reason, guide: guides.rotation }];
};

const controlPlane: Rule = ({ wanted }) => {
  const all = wanted["instanceGroups"];
  if (!isRecord(all) || hasUnknown(all) || groupsOf(wanted).some(([, group]) => roleOf(group) === "ControlPlane")) return [];
  return [{ property: "instanceGroups", reason: "no group has role: ControlPlane" }];
};

const rollGroups: Rule = ({ wanted }) => unknownRollGroups(wanted);

const kopsVersion: Rule = ({ old, wanted }) => {
  const version = wanted["kopsVersion"];
  if (typeof version !== "string" || version === unknownValue) return [];
  if (!isSupported(version)) return [{ property: "kopsVersion", reason: `${version} is too old: this program needs kOps ${oldestSupported} or newer` }];
  const before = parseVersion(typeof old?.["kopsVersion"] === "string" ? old["kopsVersion"] : undefined);
  const after = parseVersion(version);
  if (!before || !after || !gt(before, after) || wanted["allowDowngrade"] === true || wanted["allowDowngrade"] === unknownValue) return [];
  // ApplyClusterCmd.Run compares with the version that last wrote to the store.
  return [
    {
      property: "kopsVersion",
      reason: `${fromTo(before.version, after.version)}: kOps refuses to work on what a newer version wrote, for it may not know all of it; to do it anyway, set allowDowngrade: true`,
      guide: guides.upgrades,
    },
  ];
};

/** What has another form than a version, as a value that is not known yet has, is not judged. */
const kubernetesVersion: Rule = ({ old, wanted, running }) => {
  const property = "cluster.kubernetesVersion";
  const version = at(wanted, property);
  if (!isRecord(wanted["cluster"])) return [];
  if (typeof version !== "string") return [{ property, reason: "must be given as text, such as 1.34.3: left out, kOps would choose another one in time" }];
  const after = minorOf(version);
  if (!after) return [];
  const step = versionStep(property, old, version, after);
  return [...step, ...(step.length > 0 ? [] : leftBehind(property, old, running, after)), ...versionSkew(property, wanted["kopsVersion"], after)];
};

/** Not checked by kOps. Kubernetes's version skew policy: one minor at a time, and never back. */
function versionStep(property: string, old: Fields | undefined, version: string, after: Minor): Refusal[] {
  const was = at(old, property);
  const before = minorOf(was);
  if (!before) return [];
  const step = distance(before, after);
  if (step < 0) {
    const reason = `${fromTo(was, version)}: a minor version is one-way, etcd may hold objects the older API server cannot read; stay on ${minorText(before)} (a patch release may go back), or restore an etcd backup of before the upgrade as the guide shows`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.restore }];
  }
  if (step > 1 && before.major === after.major) {
    const path = minorPath(before, after);
    const reason = `${fromTo(was, version)}: Kubernetes is upgraded one minor at a time, ${path.join(" → ")}; the next step is ${path[1] ?? ""}`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.upgrades }];
  }
  return [];
}

/** A roll held back for whatever reason keeps part of the cluster on the minor before: the next one would skip one there. */
function leftBehind(property: string, old: Fields | undefined, running: RunningVersions | undefined, after: Minor): Refusal[] {
  const before = minorOf(at(old, property));
  if (!before || distance(before, after) <= 0) return [];
  const parts = partsLeftBehind(running ?? {}, after);
  if (parts.length === 0) return [];
  const reason = `${fromTo(minorText(before), minorText(after))} yet: ${parts.join(", and ")}, for their roll was held back; let \`pulumi up\` roll them to ${minorText(before)} first`;
  return [{ name: "kubernetesVersion", property, reason, guide: guides.upgrades }];
}

/** ApplyClusterCmd.validateKubernetesVersion: no minor newer than kOps's own, none older than it supports. */
function versionSkew(property: string, version: Json, after: Minor): Refusal[] {
  const kops = version === unknownValue ? undefined : minorOf(version);
  if (!kops) return [];
  const ahead = distance(kops, after);
  if (ahead > 0) {
    return [{ property, reason: `Kubernetes ${minorText(after)} is newer than kOps ${minorText(kops)} knows: set kopsVersion to ${minorText(after)} or newer, in the same change or before`, guide: guides.versions }];
  }
  if (ahead < -oldestBehind) {
    const oldest = minorText({ major: kops.major, minor: kops.minor - oldestBehind });
    const last = minorText({ major: after.major, minor: after.minor + oldestBehind });
    const reason = `Kubernetes ${minorText(after)} is older than kOps ${minorText(kops)} supports (${oldest} or newer): keep kopsVersion at ${last} or older until Kubernetes is at ${oldest}`;
    return [{ name: "kubernetesVersion", property, reason, guide: guides.versions }];
  }
  return [];
}

const rules: readonly Rule[] = [identity, kopsVersion, kubernetesVersion, fixedFields, places, plugin, subnets, loadBalancer, etcd, groups, controlPlane, rollGroups, images, encryption, certificateAuthority];

function explain({ name, property, reason, guide }: Refusal): Failure {
  const see = guide === undefined ? "" : ` (guide: ${guide})`;
  const way = name === undefined ? "" : `; to do it anyway, or to put back what was changed outside of this program, set allow: ["${name}"]`;
  return { property, reason: `${reason}${see}${way}` };
}

/**
 * What kOps or AWS cannot change in place, and inputs that do not go together: all of it at once. `old` are the inputs of
 * the last run, absent for a new cluster. A value that is not known yet never causes a refusal, here or by what it may
 * turn out to allow. `running` is what the journal says that the cluster may still run.
 */
export function refusalsOf(old: Record<string, unknown> | undefined, wanted: Record<string, unknown>, running?: RunningVersions): Failure[] {
  const allow = wanted["allow"];
  const names: readonly Json[] = Array.isArray(allow) ? allow : [];
  const any = hasUnknown(allow);
  const lets = ({ name }: Refusal): boolean => name !== undefined && (any || names.includes(name));
  return rules.flatMap((rule) => rule({ old, wanted, running })).filter((refusal) => !lets(refusal)).map(explain);
}
