import { mustMend, type AssessedCluster, type Assessment } from "./assessment.ts";

const indented = (items: readonly string[]): string[] => items.map((item) => `    ${item}`);

function clusterLines(cluster: AssessedCluster): string[] {
  const {
    name,
    kubernetes = "not known",
    kops = "not known",
    owner,
    form,
    why,
    files,
    adopting,
    drift,
    findings,
  } = cluster;
  const notes = findings.filter(({ level }) => level === "note");
  return [
    `${name}: ${mustMend(cluster) ? "to be mended" : "can be adopted"} (Kubernetes ${kubernetes}, kOps ${kops})`,
    ...(owner === undefined ? [] : [`  owned by ${owner}`]),
    `  file: ${form === "none" ? "none" : `${files[0] ?? ""}, ${form === "request" ? "a request" : "its manifest"}`}` +
      (why === undefined ? "" : `; ${why}`),
    `  adopting changes ${adopting.length === 0 ? (form === "none" ? "what is not known" : "nothing") : ""}`.trimEnd(),
    ...indented(adopting),
    ...(drift === undefined
      ? []
      : [`  AWS differs ${drift.length === 0 ? "nowhere" : ""}`.trimEnd(), ...indented(drift)]),
    ...findings
      .filter(({ level }) => level === "mend")
      .map(({ kind, field, reason }) => `  mend, ${kind}: ${field} ${reason}`),
    ...notes.map(({ kind, field, reason }) => `  note, ${kind}: ${field} ${reason}`),
  ];
}

/** An assessment for a terminal or a log. */
export function assessmentLines({ clusters, unread, folder, store }: Assessment): string[] {
  if (clusters.length + unread.length === 0) return [`There is no cluster in ${store}.`];
  return [
    ...clusters.flatMap((cluster) => [...clusterLines(cluster), ""]),
    ...unread.map(({ name, unread: why }) => `${name}: not read: ${why}`),
    `${folder}/assess.html is the report; ${folder}/clusters has the files: copy them to clusters/STACK, then ` +
      "`pulumi preview`",
  ];
}
