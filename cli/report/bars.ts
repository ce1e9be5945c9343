import { elapsed } from "../../providers/kops/model/durations.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { phasesText } from "./timeline.ts";
import type { Kind, Row, Segment, Timeline } from "./timeline.ts";

/** Letters of the phases: a colour alone tells nobody who does not see it. */
const letters: Readonly<Record<Kind, string>> = {
  step: "",
  open: "!",
  drain: "D",
  boot: "B",
  validation: "V",
  removal: "R",
  wait: "W",
};

/** What the letters and patterns stand for. */
export const legend: readonly (readonly [Kind, string])[] = [
  ["drain", "drain"],
  ["boot", "boot"],
  ["validation", "validation"],
  ["removal", "removal"],
  ["wait", "wait or retry"],
  ["step", "step"],
  ["open", "not finished"],
];

const percent = (part: number, whole: number): string => `${Number(((100 * part) / whole).toFixed(3))}%`;

/** Share of the axis that a moment has, so that it is seen. */
const least = 0.004;

/** Percent of the axis from which a letter has room. */
const roomy = 5;

/** Patterns that the bars of a page use, drawn once. */
export const patterns: Html = html`<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false">
  <defs>
    <pattern id="p-step" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect class="f-step" width="8" height="8" />
    </pattern>
    <pattern id="p-open" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect class="f-open" width="8" height="8" />
      <path class="i-open" d="M0 0L8 8M8 0L0 8" />
    </pattern>
    <pattern id="p-drain" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect class="f-drain" width="7" height="7" />
      <rect class="i-drain" width="2" height="7" />
    </pattern>
    <pattern id="p-boot" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect class="f-boot" width="8" height="8" />
    </pattern>
    <pattern id="p-validation" width="7" height="7" patternUnits="userSpaceOnUse">
      <rect class="f-validation" width="7" height="7" />
      <circle class="i-validation" cx="3.5" cy="3.5" r="1.4" />
    </pattern>
    <pattern id="p-removal" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
      <rect class="f-removal" width="7" height="7" />
      <rect class="i-removal" width="2" height="7" />
    </pattern>
    <pattern id="p-wait" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect class="f-wait" width="6" height="6" />
      <rect class="i-wait" width="2" height="6" />
    </pattern>
  </defs>
</svg>`;

function grid({ ticks, length }: Timeline): Html[] {
  return ticks.map((tick) => {
    const x = percent(tick, length);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="100%" />`;
  });
}

/** `5m` instead of `5m00s`: marks are round. */
export const tickText = (tick: number): string => elapsed(tick).replace(/(?<=[mh])00[sm]$/, "");

/** The axis with its marks. */
export function axis(timeline: Timeline): Html {
  const { ticks, length } = timeline;
  const marks = ticks.map((tick) => {
    const share = tick / length;
    const anchor = share === 0 ? "start" : share > 0.93 ? "end" : "middle";
    return html`<text class="tick" x="${percent(tick, length)}" y="13" text-anchor="${anchor}"
      >${tickText(tick)}</text
    >`;
  });
  return html`<svg class="bar axis" width="100%" height="18" aria-hidden="true" focusable="false">${marks}</svg>`;
}

function segmentOf({ kind, from, to, label }: Segment, length: number): Html {
  const wide = (100 * (to - from)) / length >= roomy;
  const middle = percent((from + to) / 2, length);
  return html`<g>
    <title>${label} ${elapsed(to - from)}</title>
    <rect
      class="seg"
      fill="url(#p-${kind})"
      x="${percent(from, length)}"
      y="2"
      width="${percent(Math.max(to - from, length * least), length)}"
      height="16"
      rx="2"
    />
    ${
      wide &&
      letters[kind] !== "" &&
      html`<text class="letter l-${kind}" x="${middle}" y="14" text-anchor="middle">${letters[kind]}</text>`
    }
  </g>`;
}

/** The bar of one row. Its text is that of the table beside it, for those who do not see it. */
export function bar(row: Row, timeline: Timeline): Html {
  const name = `${row.name}: ${phasesText(row.segments)}`;
  return html`<svg class="bar" width="100%" height="20" role="img" aria-label="${name}" focusable="false">
    ${grid(timeline)} ${row.segments.map((one) => segmentOf(one, timeline.length))}
  </svg>`;
}

/** A swatch with the letter of a kind. */
export function swatch(kind: Kind): Html {
  return html`<svg class="swatch" width="20" height="16" aria-hidden="true" focusable="false">
    <rect class="seg" fill="url(#p-${kind})" width="20" height="16" rx="2" />
    <text class="letter l-${kind}" x="10" y="12" text-anchor="middle">${letters[kind]}</text>
  </svg>`;
}
