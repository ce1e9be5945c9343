import { fieldsOf } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { at, differs, guides, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** kOps reads an encryption config only with `encryptionConfig: true` (ApplyClusterCmd.Run). */
export const encryption: Rule = ({ desired }) => {
  const secrets = fieldsOf(desired["secrets"]);
  const enabled = at(desired, "cluster.encryptionConfig");
  if (present(secrets["encryptionConfig"]) === undefined || enabled === true || enabled === unknownValue) return [];
  return [
    {
      property: "secrets.encryptionConfig",
      reason: "has no effect, and nothing would be encrypted: set cluster.encryptionConfig: true too",
      guide: guides.secrets,
    },
  ];
};

/**
 * Everything in the cluster trusts it, so only a rotation in several steps can change it. Leaving it out is no change.
 */
export const certificateAuthority: Rule = ({ old, desired }) => {
  if (!old || desired["secrets"] === unknownValue) return [];
  const before = fieldsOf(old["secrets"])["certificateAuthority"];
  const after = fieldsOf(desired["secrets"])["certificateAuthority"];
  if (after === undefined || !differs(before, after)) return [];
  const reason =
    before === undefined
      ? "cannot be given to a cluster that exists: it has one, which nodes, kubeconfigs and service accounts trust; " +
        "rotate it as the guide shows"
      : "cannot change by an update: nodes, kubeconfigs and service accounts trust the one that is there; rotate it " +
        "as the guide shows, then give the new one here";
  return [{ name: "certificateAuthority", property: "secrets.certificateAuthority", reason, guide: guides.rotation }];
};
