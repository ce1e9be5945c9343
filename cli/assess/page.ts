import { html, type Html } from "../report/html.ts";
import { breakable, definitions, plural, section, wholePage } from "../report/whole-page.ts";
import { mustMend, type AssessedCluster, type Assessment } from "./assessment.ts";
import type { Finding } from "./findings.ts";

const kinds: Readonly<Record<Finding["kind"], string>> = {
  insecure: "insecure",
  unsupported: "out of support",
  deprecated: "deprecated",
  fragile: "fragile",
};

const forms: Readonly<Record<AssessedCluster["form"], string>> = {
  request: "as a request",
  manifest: "as its manifest",
  none: "no file",
};

function findingsTable(label: string, findings: readonly Finding[]): Html {
  return html`<table class="findings">
    <caption>
      ${label}
    </caption>
    <thead>
      <tr>
        <th scope="col" class="kind">Kind</th>
        <th scope="col" class="field">Field</th>
        <th scope="col">Why</th>
      </tr>
    </thead>
    <tbody>
      ${findings.map(
        ({ kind, field, reason }) =>
          html`<tr>
            <td>${kinds[kind]}</td>
            <td class="mono">${breakable(field)}</td>
            <td>${reason}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const list = (items: readonly string[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;

function adopting({ adopting: changes, form, why, files, needs, drift }: AssessedCluster): Html {
  const rows: (readonly [string, Html | undefined])[] = [
    ["Written", html`${forms[form]}${files.length > 0 && html`: ${files.join(", ")}`}`],
    ["Because", why === undefined ? undefined : html`${why}`],
    ["Adopting changes", changes.length === 0 ? html`${form === "none" ? "not known" : "nothing"}` : list(changes)],
    ["The environment needs", needs.length === 0 ? undefined : list(needs)],
    ["AWS differs", drift && (drift.length === 0 ? html`nowhere` : list(drift))],
  ];
  return definitions(rows);
}

function oneCluster(cluster: AssessedCluster, index: number): Html {
  const { name, kubernetes = "not known", kops = "not known", owner, findings } = cluster;
  const mend = findings.filter(({ level }) => level === "mend");
  const notes = findings.filter(({ level }) => level === "note");
  const verdict = mustMend(cluster) ? ["failed", "to be mended"] : ["succeeded", "can be adopted"];
  return section(
    `cluster-${index}`,
    name,
    html`<p class="lead">
        <span class="verdict ${verdict[0]}">${verdict[1]}</span>
        <span class="soft">Kubernetes ${kubernetes}, kOps ${kops}${owner !== undefined && `, owned by ${owner}`}</span>
      </p>
      ${adopting(cluster)} ${mend.length > 0 && findingsTable("To be mended", mend)}
      ${notes.length > 0 && findingsTable("To be known", notes)}
      ${findings.length === 0 && html`<p>Nothing was found.</p>`}`,
  );
}

/** The report of an assessment: one page for all clusters of a store. */
export function assessmentPage(assessment: Assessment, again: string): string {
  const { store, at, clusters, unread } = assessment;
  const all = clusters.flatMap(({ findings }) => findings);
  const numbers: (readonly [number, string])[] = [
    [clusters.length, clusters.length === 1 ? "cluster" : "clusters"],
    [
      clusters.filter(
        ({ form, adopting: changes }) => form === "request" || (form === "manifest" && changes.length === 0),
      ).length,
      "adopted as they are",
    ],
    [all.filter(({ level }) => level === "mend").length, "findings to mend"],
    [all.filter(({ level }) => level === "note").length, "findings to know"],
  ];
  return wholePage({
    title: `Assessment of ${store}`,
    main: html`<main>
      <h1>Assessment of ${store}</h1>
      <p class="soft"><time datetime="${at}">${at.slice(0, 16).replace("T", " ")} UTC</time></p>
      <ul class="numbers">
        ${numbers.map(([number, text]) => html`<li><strong>${number}</strong><span>${text}</span></li>`)}
      </ul>
      ${
        unread.length > 0 &&
        html`<section class="box failed" aria-label="Not read">
          <h2>${plural(unread.length, "cluster")} could not be read</h2>
          ${unread.map(({ name, unread: why }) => html`<p>${name}: ${why}</p>`)}
        </section>`
      }
      ${clusters.map(oneCluster)}
    </main>`,
    footer: html`Written by Pilot from the manifests in the store, which it did not change. Again:
      <code>${again}</code>`,
  });
}
