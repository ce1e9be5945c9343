import { changedBehaviour, kopsMinors, removalOf, removedFeatures } from "../../providers/kops/model/kops-minors.ts";
import type { KopsMinor, RemovedFeature } from "../../providers/kops/model/kops-minors.ts";

const known: Record<KopsMinor["known"], string> = {
  run: "runs in this project's tests",
  read: "not run here; its code was read",
  published: "not run here; from its published notes",
};

const features = Object.keys(removedFeatures) as RemovedFeature[];

function row(name: string, { oldestKubernetes, recommendedKubernetes, karpenter, known: how }: KopsMinor): string {
  const deprecated = `1.${oldestKubernetes} to 1.${recommendedKubernetes - 1}`;
  return `| ${name} | 1.${oldestKubernetes} to ${name} | ${deprecated} | ${karpenter} | ${known[how]} |`;
}

/** The table of kOps's minors as a page. */
export function versionsPage(): string {
  const names = Object.keys(kopsMinors);
  return `# kOps versions

What this program knows of each minor of kOps. It checks \`kopsVersion\` and the inputs against this table before it changes anything.

| kOps | Kubernetes | of these deprecated | Karpenter | known |
|---|---|---|---|---|
${Object.entries(kopsMinors)
  .map(([name, minor]) => row(name, minor))
  .join("\n")}

An older kOps is refused. A newer one than ${names.at(-1) ?? ""} is not refused, but the preview says that its Kubernetes versions, what it removed and what it prints are checked by kOps alone. A preview whose dry run has another form than the known ones fails.

## Removed

A preview refuses what the cluster's kOps no longer has, with the property. When \`kopsVersion\` changes, the preview also names what a later kOps of the table will refuse.

| from kOps | removed | before the upgrade |
|---|---|---|
${features
  .map(removalOf)
  .map(({ in: first, what, instead, guide }) => {
    const see = guide === undefined ? "" : ` ([guide](${guide}))`;
    return `| ${first} | ${what} | ${instead}${see} |`;
  })
  .join("\n")}

## Changed

None of this changes what the program reads of kOps's output: the code of 1.32 to 1.37 prints the same.

| from kOps | what is different |
|---|---|
${Object.values(changedBehaviour)
  .map(({ in: first, says }) => `| ${first} | ${says} |`)
  .join("\n")}
`;
}
