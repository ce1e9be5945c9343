import { elapsed } from "../../providers/kops/model/durations.ts";
import type { HistoryRecord, RecordedWait } from "../../providers/kops/store/history.ts";
import type { Outcome } from "../../providers/kops/store/outcome.ts";
import { html, link, Html } from "./html.ts";
import { breakable, definitions, plural, section, wholePage } from "./whole-page.ts";
import { axis, bar, legend, patterns, swatch } from "./bars.ts";
import { mediansOf, timelineOf } from "./timeline.ts";
import type { Row, Timeline } from "./timeline.ts";
import { at, changeOf, durationOf, lastMoment, minuteOf, pullText, resultText } from "./told.ts";
import type { Told } from "./told.ts";

const signs: Readonly<Record<Outcome, string>> = {
  ...{ succeeded: "✔", failed: "✖", stopped: "‖", interrupted: "✖", running: "…" },
};

const nothing = html``;

/** What failed, why, and the next step: the three parts of a message of Pilot. Another text stays as it is. */
function errorBox({ record, outcome }: Told): Html {
  if (outcome === "interrupted")
    return html`<section class="box interrupted" aria-label="Interrupted">
      <h2>It did not come to its end</h2>
      <p>The process that ran it is gone. What is written here is what it noted until then.</p>
      <p class="next">Next: run \`pulumi ${record.verb === "delete" ? "destroy" : "up"}\` again. It continues.</p>
    </section>`;
  if (record.error === undefined) return nothing;
  const [what = "", ...more] = record.error.split("\n").map((line) => line.trim());
  return html`<section class="box ${outcome}" aria-label="Error">
    <h2>${what}</h2>
    ${more
      .filter((line) => line !== "")
      .map((line) => html`<p${line.startsWith("Next:") && html` class="next"`}>${line}</p>`)}
  </section>`;
}

function heldBox({ held, result }: HistoryRecord): Html {
  if (held.length === 0 || result !== "succeeded") return nothing;
  return html`<section class="box stopped" aria-label="Still waits">
    <h2>Still waits</h2>
    ${held.map((text) => html`<p>${text}</p>`)}
  </section>`;
}

/** Milliseconds in which something was waited for; what overlaps counts once. */
export function waited(waits: readonly RecordedWait[], end: number): number {
  let sum = 0;
  let until = 0;
  for (const { begun, ended } of [...waits].sort((a, b) => at(a.begun) - at(b.begun))) {
    const to = ended === undefined ? end : at(ended);
    sum += Math.max(0, to - Math.max(until, at(begun)));
    until = Math.max(until, to);
  }
  return sum;
}

function header(told: Told): Html {
  const { record, outcome } = told;
  const gone = record.nodes.filter(({ stopped }) => stopped !== undefined);
  const replaced = gone.filter(({ removed }) => removed !== true).length;
  const removed = gone.length - replaced;
  const numbers: (readonly [string, string])[] = [
    [durationOf(told), "in all"],
    [String(replaced), replaced === 1 ? "node replaced" : "nodes replaced"],
    ...(removed > 0
      ? [[String(removed), removed === 1 ? "removed with its group" : "removed with their group"] as const]
      : []),
    [
      String(record.steps.filter(({ ended }) => ended !== undefined).length),
      `of ${plural(record.steps.length, "step")} finished`,
    ],
    [elapsed(waited(record.waits, lastMoment(told))), "waited or retried"],
  ];
  return html`<h1>${record.verb[0]?.toUpperCase()}${record.verb.slice(1)} of ${record.cluster}</h1>
    <div class="lead">
      <span class="verdict ${outcome}"><span aria-hidden="true">${signs[outcome]} </span>${resultText[outcome]}</span>
      <span class="soft"><time datetime="${record.begun}">${minuteOf(record.begun)} UTC</time></span>
    </div>
    <ul class="numbers">
      ${numbers.map(([number, text]) => html`<li><strong>${number}</strong><span>${text}</span></li>`)}
    </ul>`;
}

function facts({ record }: Told): Html {
  const { by, plan, log, continues } = record;
  const { shown, reviewed } = plan;
  const code = (text: string): Html => html`<code>${text}</code>`;
  const rows: (readonly [string, Html | undefined])[] = [
    ["By", by.actor === undefined ? html`${by.person}` : html`${by.actor}, on ${by.person}`],
    ["Approved by", by.approvedBy && html`${by.approvedBy.join(", ")}`],
    ["Pull request", by.pull === undefined ? undefined : link(by.pull, pullText(by.pull))],
    ["Pipeline run", by.run === undefined ? undefined : link(by.run)],
    ["Commit", by.commit === undefined ? undefined : code(by.commit)],
    ["AWS identity", by.arn === undefined ? undefined : code(by.arn)],
    ["Stack", html`${record.owner}`],
    [
      "Versions",
      html`kOps
      ${record.kopsVersion}${record.kubernetesVersion !== undefined && html`, Kubernetes ${record.kubernetesVersion}`}`,
    ],
    ["Plan shown", shown === undefined ? undefined : code(shown)],
    [
      "Plan reviewed",
      reviewed === undefined
        ? undefined
        : html`${code(reviewed)}${reviewed === shown && html` <span class="soft">(the one shown)</span>`}`,
    ],
    ["Continues", continues === undefined ? undefined : html`${continues}`],
    ["Log of kOps", log && html`${code(log.path)} on ${log.host}`],
    ["Operation", code(record.id)],
  ];
  return definitions(rows);
}

function changes({ verb, changes: lines, continues }: HistoryRecord): Html {
  if (verb === "delete") return html`<p>To delete the cluster.</p>`;
  if (lines === "first") return html`<p>A new cluster: its first spec.</p>`;
  if (lines.length === 0)
    return html`<p>No change of the spec${continues !== undefined && ": it continues what was unfinished"}.</p>`;
  const row = (line: string): Html => {
    const { path, from, to } = changeOf(line);
    const value = (text: string, tag: "del" | "ins"): Html =>
      text === "nothing" || text === ""
        ? html`<span class="soft">${text}</span>`
        : html`<code>${new Html(`<${tag}>`)}${text}${new Html(`</${tag}>`)}</code>`;
    return html`<tr>
      <th scope="row"><code>${breakable(path)}</code></th>
      <td>${value(from, "del")}</td>
      <td>${value(to, "ins")}</td>
    </tr>`;
  };
  return html`<table class="changes">
    <colgroup>
      <col />
      <col />
      <col />
    </colgroup>
    <thead>
      <tr>
        <th scope="col">Property</th>
        <th scope="col">Before</th>
        <th scope="col">After</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(row)}
    </tbody>
  </table>`;
}

/** Length of a row: of each phase of a node, else of the whole. */
function took({ segments }: Row): Html {
  const phases = segments.filter(({ kind }) => kind !== "step" && kind !== "wait");
  if (phases.length === 0) return html`${elapsed(segments.reduce((sum, { from, to }) => sum + to - from, 0))}`;
  return html`${phases.map(
    ({ kind, label, from, to }) =>
      html`<span class="phase">${swatch(kind)}<span>${label} ${elapsed(to - from)}</span></span>`,
  )}`;
}

function rowsOf(title: string, note: string, rows: readonly Row[], timeline: Timeline): Html {
  if (rows.length === 0) return nothing;
  return html`<tbody>
    <tr>
      <th scope="rowgroup">${title}</th>
      <th class="bars soft" colspan="2" scope="rowgroup">${note}</th>
    </tr>
    ${rows.map(
      (row) =>
        html`<tr>
          <th scope="row" class="d${Math.min(row.depth, 2)}">
            ${row.name}${row.note !== "" && html`<small>${row.note}</small>`}
          </th>
          <td class="bars">${bar(row, timeline)}</td>
          <td class="took">${took(row)}</td>
        </tr>`,
    )}
  </tbody>`;
}

function timelineTable(told: Told, timeline: Timeline): Html {
  const medians = mediansOf(timeline.nodes).map(({ kind, median }) => `${kind} ${elapsed(median)}`);
  const used = new Set(
    [...timeline.steps, ...timeline.nodes, ...timeline.waits].flatMap(({ segments }) =>
      segments.map(({ kind }) => kind),
    ),
  );
  return html`<table class="timeline">
      <caption>
        Time since ${minuteOf(told.record.begun)} UTC, when it began. All bars have one axis.
      </caption>
      <thead>
        <tr>
          <th scope="col" class="name">Step, node or wait</th>
          <th scope="col" class="bars"><span class="unseen">When</span>${axis(timeline)}</th>
          <th scope="col" class="took">Took</th>
        </tr>
      </thead>
      ${rowsOf("Steps", "", timeline.steps, timeline)}
      ${rowsOf("Nodes", medians.length > 0 ? `median: ${medians.join(", ")}` : "", timeline.nodes, timeline)}
      ${rowsOf("Waits", "", timeline.waits, timeline)}
    </table>
    <ul class="legend" aria-label="Legend">
      ${legend.filter(([kind]) => used.has(kind)).map(([kind, text]) => html`<li>${swatch(kind)}${text}</li>`)}
    </ul>`;
}

/** Waits that are shown; further ones are folded. */
const shownWaits = 10;

function waitsOf(told: Told): Html {
  const { waits, begun } = told.record;
  if (waits.length === 0) return html`<p>Nothing was waited for or repeated.</p>`;
  const end = lastMoment(told);
  const lengthOf = ({ begun: from, ended }: RecordedWait): number => (ended === undefined ? end : at(ended)) - at(from);
  const table = (label: string, rows: readonly RecordedWait[]): Html =>
    html`<table class="waits">
      <caption>
        ${label}
      </caption>
      <thead>
        <tr>
          <th scope="col" class="when">At</th>
          <th scope="col" class="what">Waited for</th>
          <th scope="col">Because</th>
          <th scope="col" class="lasted">Lasted</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (wait) =>
            html`<tr>
              <td class="num">${offset(wait.begun, begun)}</td>
              <td>${wait.what}</td>
              <td>${wait.reason}</td>
              <td class="num">${elapsed(lengthOf(wait))}${wait.ended === undefined && ", not ended"}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  const longest = [...waits].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, shownWaits);
  if (longest.length === waits.length) return table("Waits and retries, in their order", waits);
  return html`${table(
      `The ${shownWaits} longest of ${waits.length} waits and retries, in their order`,
      waits.filter((wait) => longest.includes(wait)),
    )}
    <details>
      <summary>All ${waits.length} waits and retries</summary>
      ${table("All waits and retries, in their order", waits)}
    </details>`;
}

/** `+1m02s`, or `-5s` for what came before. */
function offset(time: string, begun: string): string {
  const passed = at(time) - at(begun);
  return passed < 0 ? `-${elapsed(-passed)}` : `+${elapsed(passed)}`;
}

function printed({ events, begun }: HistoryRecord): Html {
  return html`<details>
    <summary>${plural(events.length, "printed line")}</summary>
    <ol class="lines">
      ${events.map(
        ({ at: time, text }) =>
          html`<li><span class="soft num">${offset(time, begun)}</span><span class="mono">${text}</span></li>`,
      )}
    </ol>
  </details>`;
}

/**
 * The report of one operation: one page that needs no other file and no network, and runs no script. `from`: the
 * command that shows the same again.
 */
export function reportPage(told: Told, from?: string): string {
  const { record, outcome } = told;
  const timeline = timelineOf(told);
  return wholePage({
    title: `${record.verb} of ${record.cluster}: ${resultText[outcome]}`,
    main: html`${patterns}
      <main>
        ${header(told)} ${errorBox(told)} ${heldBox(record)} ${section("asked", "What was asked", changes(record))}
        ${section("time", "Timeline", timelineTable(told, timeline))}
        ${section("waits", "Waits and retries", waitsOf(told))}
        ${section("facts", "Who, and by which plan", facts(told))}
        ${section("printed", "What was printed", printed(record))}
      </main>`,
    footer: html`Written by Pilot from the record
      <code>${told.name}</code>.${from !== undefined && html` Again: <code>${from}</code>`}`,
  });
}
