import { unusedFields } from "../../providers/kops/kops-cli/output/unused-fields.ts";
import { fieldsOf } from "../../providers/kops/model/spec.ts";
import { distance, kubernetesOf, minorOf, minorText, newestKnown } from "../../providers/kops/model/versions.ts";
import { refusalsOf } from "../../providers/kops/rules/refusals.ts";
import { removalsAhead } from "../../providers/kops/rules/removed-features.ts";
import { pathText } from "../../components/config/problems.ts";
import { securityRules } from "./security-rules.ts";
import { inputsOf, type StoredCluster } from "./stored.ts";

/** What an assessment finds. `mend`: to be mended; `note`: to be known. */
export interface Finding {
  level: "mend" | "note";
  kind: "insecure" | "unsupported" | "deprecated" | "fragile";
  /** The rule's name. */
  rule: string;
  /** A property of the kOps spec, such as `cluster.sshAccess`. */
  field: string;
  reason: string;
}

/** Minors of Kubernetes that get patches (kubernetes.io/releases/version-skew-policy). */
const supportedMinors = 3;

/** By kOps's table of versions, and by Kubernetes's own window: a newer table can only find more. */
function versionFindings({ spec, kopsVersion }: StoredCluster): Finding[] {
  const found: Finding[] = [];
  const say = (finding: Omit<Finding, "level">): unknown => found.push({ level: "note", ...finding });
  const kops = minorOf(kopsVersion);
  const kubernetes = minorOf(spec["kubernetesVersion"]);
  const supported = kubernetesOf(kopsVersion);
  const field = "cluster.kubernetesVersion";
  if (kubernetes && supported && distance(kubernetes, supported.recommended) > 0)
    say({
      ...{ kind: "deprecated", rule: "kubernetesDeprecated", field },
      reason: `Kubernetes ${minorText(kubernetes)} is deprecated in kOps ${minorText(supported.newest)}, and soon refused`,
    });
  if (kubernetes && distance(kubernetes, newestKnown) >= supportedMinors)
    say({
      ...{ kind: "unsupported", rule: "kubernetesWindow", field },
      reason:
        `Kubernetes ${minorText(kubernetes)} gets no more patches: ${minorText(newestKnown)} is out, and Kubernetes ` +
        `supports the newest ${supportedMinors} minors`,
    });
  if (kops && distance(kops, newestKnown) >= supportedMinors)
    say({
      ...{ kind: "unsupported", rule: "kopsBehind", field: "kopsVersion" },
      reason:
        `kOps ${minorText(kops)} is ${distance(kops, newestKnown)} minors behind ${minorText(newestKnown)}: upgrade it ` +
        "one minor at a time, and Kubernetes with it",
    });
  if (kopsVersion === undefined)
    found.push({
      ...{ level: "mend", kind: "unsupported", rule: "neverApplied", field: "kopsVersion" },
      reason: "the store does not say which kOps applied the cluster: run `kops update cluster --yes` first",
    });
  return found;
}

/** All findings of a cluster, those to be mended first. Pure. */
export function findingsOf(cluster: StoredCluster): Finding[] {
  const inputs = inputsOf(cluster);
  const ahead = removalsAhead(inputs).map((line): Finding => {
    const [field = "", ...reason] = line.split(": ");
    return { level: "note", kind: "deprecated", rule: "removedLater", field, reason: reason.join(": ") };
  });
  const refused = refusalsOf(undefined, inputs).map(({ property, reason }): Finding => ({
    level: "mend",
    kind: "unsupported",
    rule: "refused",
    field: property,
    reason,
  }));
  const unused = unusedFields({ cluster: cluster.spec, instanceGroups: fieldsOf(cluster.groups) }).map(
    (path): Finding => ({
      ...{ level: "note", kind: "deprecated", rule: "unused", field: pathText(path) },
      reason: "kOps knows this field and does not use it",
    }),
  );
  const insecure = securityRules.flatMap(({ name, kind, level, look }) =>
    look(cluster).map((one): Finding => ({ level, kind, rule: name, ...one })),
  );
  const all = [...refused, ...insecure, ...versionFindings(cluster), ...ahead, ...unused];
  return [...all.filter(({ level }) => level === "mend"), ...all.filter(({ level }) => level === "note")];
}
