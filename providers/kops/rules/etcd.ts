import { fieldsOf } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { distance, etcdMinorOf, minorText } from "../model/versions.ts";
import type { Minor } from "../model/versions.ts";
import { at, differs, docs, fromTo, guides, listOf, lower, present, shown } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";

/** Members of one etcd cluster by name; `undefined` while a name is not known. */
function membersOf(etcd: Fields): Map<string, Fields> | undefined {
  const members = etcd["etcdMembers"];
  if (members === unknownValue) return undefined;
  if (
    Array.isArray(members) &&
    members.some((one: Json) => one === unknownValue || fieldsOf(one)["name"] === unknownValue)
  )
    return undefined;
  return new Map(listOf(members).map((member) => [shown(member["name"]), member]));
}

/**
 * ValidateClusterUpdate: an etcd cluster cannot be removed, and a member's group cannot change. kOps does not check
 * added and removed members.
 */
export const etcd: Rule = ({ old, desired }) => {
  const before = at(old, "cluster.etcdClusters");
  const after = at(desired, "cluster.etcdClusters");
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  if (after.some((one: Json) => one === unknownValue || fieldsOf(one)["name"] === unknownValue)) return [];
  return listOf(before).flatMap((was): Refusal[] => {
    const index = after.findIndex((one: Json) => at(fieldsOf(one), "name") === was["name"]);
    if (index < 0) {
      return [
        {
          property: "cluster.etcdClusters",
          reason: `etcd cluster ${shown(was["name"])} cannot be removed, because kOps cannot do it: put it back`,
          guide: guides.etcd,
        },
      ];
    }
    const property = `cluster.etcdClusters[${index}]`;
    const now = fieldsOf(after[index]);
    return [
      ...olderVersion(
        `${property}.version`,
        [was["version"], at(old, kubernetes)],
        [now["version"], at(desired, kubernetes)],
      ),
      ...etcdChanges(property, was, now),
    ];
  });
};

const kubernetes = "cluster.kubernetesVersion";

/** The versions of an etcd cluster and of Kubernetes in the inputs. */
type Versions = readonly [etcd: Json, kubernetes: Json];

/** kOps does not check it: validateEtcdVersion sees one version only. etcd does not start on data of a newer minor. */
function olderVersion(property: string, was: Versions, now: Versions): Refusal[] {
  // kOps's own version is older only with an older Kubernetes, which another rule refuses.
  if (present(was[0]) === undefined && present(now[0]) === undefined) return [];
  const [before, after] = [etcdMinorOf(...was), etcdMinorOf(...now)];
  if (!before || !after || distance(before, after) >= 0) return [];
  const text = ([version]: Versions, minor: Minor): Json => present(version) ?? `${minorText(minor)}, kOps's own`;
  const reason =
    `${fromTo(text(was, before), text(now, after))}: a minor upgrade is irreversible, the older etcd cannot read ` +
    `the data of the newer one; stay on ${minorText(before)} (a patch release may go back), or restore an etcd ` +
    "backup from before the upgrade as the guide shows";
  return [{ name: "etcdClusters", property, reason, guide: guides.restore }];
}

function etcdChanges(property: string, was: Fields, now: Fields): Refusal[] {
  const found: Refusal[] = [];
  const providerOf = (spec: Fields): Json => present(spec["provider"]) ?? "Manager";
  if (differs(lower(providerOf(was)), lower(providerOf(now)))) {
    // validateEtcdClusterSpec: only Manager is left.
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
        ? "a roll that removes members can cost the quorum, and with it the cluster; back etcd up, then follow the " +
          "guide"
        : "members join one at a time and quorum is at risk meanwhile; back etcd up, then follow the guide";
    found.push({
      name: "etcdClusters",
      property: `${property}.etcdMembers`,
      reason: `members ${fromTo(names(before), names(after))}: ${why}`,
      guide: gone.length > 0 ? guides.etcd : guides.members,
    });
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
    // validateEtcdMemberUpdate: no flag of kOps allows this.
    found.push({
      property: `${property}.instanceGroup`,
      reason:
        `${fromTo(was["instanceGroup"], now["instanceGroup"])}: kOps never moves an etcd member to another group; ` +
        "put it back",
      guide: guides.etcd,
    });
  }
  // EBSVolume.CheckChanges in awstasks: CannotChangeField. `encryptedVolume` is false by default (master_volumes.go).
  const encrypted = (member: Fields): Json => present(member["encryptedVolume"]) ?? false;
  for (const [field, from, to] of [
    ["encryptedVolume", encrypted(was), encrypted(now)],
    ["kmsKeyId", present(was["kmsKeyId"]), present(now["kmsKeyId"])],
  ] as const) {
    if (!differs(from, to)) continue;
    found.push({
      name: "etcdEncryption",
      property: `${property}.${field}`,
      reason:
        `${fromTo(from, to)}: AWS cannot change the encryption of an existing volume; set it when the cluster is ` +
        "made",
      guide: guides.encryption,
    });
  }
  return found;
}
