import { clusterStatusOf } from "../../../cli/status/compose.ts";
import { frame } from "../../../cli/status/frame.ts";
import type { ReplacedNode } from "../../../providers/kops/store/history.ts";
import { at, cluster, inRoll, ready, record } from "./cases.ts";

/** Columns and rows of the recorded terminal, and pixels of a cell. */
const [columns, rows, cell, line] = [84, 10, 8.4, 19];
/** Seconds that a frame is shown. */
const each = 1.5;

const names = ["i-0a1f", "i-0a2c", "i-0a3b", "i-0a4d"];

/** A roll of four nodes, three minutes each: frames at half minutes. */
function frames(): string[][] {
  const shown = Array.from({ length: 25 }, (_, index) => {
    const minute = 1 + index / 2;
    const nodes = names.flatMap((name, place): ReplacedNode[] => {
      const begun = 1 + 3 * place;
      if (minute < begun) return [];
      return [
        {
          ...{ name, instance: name, group: `nodes.${cluster}`, drained: at(begun) },
          ...(minute >= begun + 1 && { stopped: at(begun + 1) }),
          ...(minute >= begun + 2 && { notJoined: at(begun + 2) }),
          ...(minute >= begun + 3 && { valid: at(begun + 3) }),
        },
      ];
    });
    const under = nodes.findLast(({ valid }) => valid === undefined);
    const place = `rolling nodes ${nodes.length}/4`;
    const text =
      under?.stopped === undefined
        ? `${place} draining ${under?.name ?? ""}`
        : under.notJoined === undefined
          ? `${place} replacing ${under.name}`
          : `${place} waits: machine "${under.name.replace("0a", "0b")}" has not yet joined cluster`;
    const done = under === undefined && nodes.length === names.length;
    const now = new Date(at(minute));
    const records = [{ name: "now", record: record({ nodes, events: [{ at: at(minute), text }] }) }, ...ready.records];
    const cloud = inRoll.cloud && { ...inRoll.cloud, waiting: { nodes: names } };
    return frame(
      clusterStatusOf(done ? { ...ready, now } : { ...inRoll, now, cloud, records }),
      { width: columns, colour: true },
      now,
    );
  });
  return shown;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The colours of a terminal on a dark ground, each with a contrast above 7. */
const styles: Readonly<Record<string, string>> = {
  "1": "b",
  "2": "d",
  "31": "r",
  "32": "g",
  "33": "y",
  "36": "c",
};

const code = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`);

/** A line with escape codes as text of an SVG. */
function spans(text: string): string {
  const open = new Set<string>();
  return text
    .split(code)
    .map((part, index) => {
      if (index % 2 === 1) {
        const style = styles[part];
        if (style === undefined) open.clear();
        else open.add(style);
        return "";
      }
      if (part === "") return "";
      const classes = [...open].join(" ");
      return classes === "" ? `<tspan>${escaped(part)}</tspan>` : `<tspan class="${classes}">${escaped(part)}</tspan>`;
    })
    .join("");
}

/** A recording of `pilot status --watch`: one animated SVG without scripts. Where motion is not wanted, it is still. */
export function recordingSvg(): string {
  const all = frames();
  const [width, height] = [Math.ceil(columns * cell) + 32, rows * line + 32];
  const share = 100 / all.length;
  const pictures = all.map((lines, index) => {
    const texts = lines.map((text, row) => `<text x="16" y="${28 + row * line}">${spans(text)}</text>`);
    const still = index === Math.floor(all.length / 2) ? " still" : "";
    return `<g class="f${still}" style="animation-delay:${((index - all.length) * each).toFixed(1)}s">${texts.join("")}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-labelledby="title">
<title id="title">pilot status --watch: four nodes of a cluster are replaced one after another, with a progress bar</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6e6e6;white-space:pre}
.b{font-weight:700}.d{fill:#a8b0b8}.r{fill:#ff9c94}.g{fill:#7fdc8f}.y{fill:#f2cc60}.c{fill:#79d9e6}
.f{visibility:hidden;animation:show ${(all.length * each).toFixed(1)}s steps(1) infinite}
.still{visibility:visible}
@keyframes show{0%{visibility:visible}${share.toFixed(3)}%,100%{visibility:hidden}}
@media (prefers-reduced-motion:reduce){.f{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#15191e"/>
${pictures.join("\n")}
</svg>
`;
}
