import { unknownRollGroups, roleOf } from "../model/instance-groups.ts";
import { groupsNamedForImages } from "../model/new-images.ts";
import { fieldsOf, isRecord } from "../model/spec.ts";
import { hasUnknown, unknownValue } from "../model/unknown.ts";
import { at, fromTo, groupsOf, guides, present } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/** kOps checks neither: a control-plane group holds an etcd member, and a role decides IAM role and security groups. */
export const groups: Rule = ({ old, desired }) => {
  if (!isRecord(desired["instanceGroups"])) return [];
  const after = desired["instanceGroups"];
  return groupsOf(old).flatMap(([name, was]): Refusal[] => {
    const property = `instanceGroups.${name}`;
    const now = after[name];
    if (now === undefined) {
      if (roleOf(was) !== "ControlPlane") return [];
      const reason =
        "a control-plane group cannot be removed: its node holds an etcd member, and etcd would not be told that " +
        "it is " +
        "gone; put it back, or back etcd up, remove the member from etcd as the guide shows, and only then from " +
        "etcdClusters and here";
      return [{ name: "controlPlaneGroups", property, reason, guide: guides.etcd }];
    }
    if (!isRecord(now) || was["role"] === unknownValue || now["role"] === unknownValue || roleOf(was) === roleOf(now))
      return [];
    const reason =
      `${fromTo(roleOf(was), roleOf(now))}: its nodes keep data, IAM role and security groups of the old role; ` +
      "add a group with a new name and remove this one";
    return [{ name: "role", property: `${property}.role`, reason, guide: guides.groups }];
  });
};

/** Without a channel PopulateInstanceGroupSpec has no image for a new group; an existing group keeps its own. */
export const images: Rule = ({ old, desired }) => {
  if (at(desired, "cluster.channel") !== "none") return [];
  const before = fieldsOf(old?.["instanceGroups"]);
  return groupsOf(desired).flatMap(([name, group]): Refusal[] => {
    if (present(group["image"]) !== undefined || name in before) return [];
    return [
      {
        property: `instanceGroups.${name}.image`,
        reason: "must be given: cluster.channel is none, so kOps has no image",
        guide: guides.images,
      },
    ];
  });
};

export const controlPlane: Rule = ({ desired }) => {
  const all = desired["instanceGroups"];
  if (!isRecord(all) || hasUnknown(all) || groupsOf(desired).some(([, group]) => roleOf(group) === "ControlPlane"))
    return [];
  return [{ property: "instanceGroups", reason: "no group has role: ControlPlane" }];
};

/** A name that no group has is most likely a typing error, and no image would be new. */
export const allowedImages: Rule = ({ desired }) => {
  const { allow, instanceGroups: all } = desired;
  if (!Array.isArray(allow) || !isRecord(all) || hasUnknown(all)) return [];
  return groupsNamedForImages(allow).flatMap(({ group, index }): Refusal[] =>
    group in all
      ? []
      : [
          {
            property: `allow[${index}]`,
            reason: `there is no instance group ${group} (there are ${Object.keys(all).join(", ")})`,
          },
        ],
  );
};

export const rollGroups: Rule = ({ desired }) => unknownRollGroups(desired);
