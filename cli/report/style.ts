/** The style of a report: one column, light and dark, for a phone, for paper. No text has less contrast than 4.5:1. */
export const style = `
:root {
  color-scheme: light dark;
  --bg: #ffffff; --panel: #f6f8fa; --fg: #1f2328; --soft: #59636e; --line: #d1d9e0; --link: #0550ae;
  --good: #116329; --good-bg: #dafbe1; --bad: #a40e26; --bad-bg: #ffebe9;
  --held: #7a4b00; --held-bg: #fff4d6; --busy: #0550ae; --busy-bg: #ddf4ff;
  --step: #6b7683; --open: #b3261e; --open-ink: #8f1d17; --drain: #9a4a00; --drain-ink: #743700;
  --boot: #1f5fc4; --validation: #1a6b32; --validation-ink: #0f4a20; --removal: #5d4b7c; --removal-ink: #453661;
  --wait: #7a3cc4; --wait-ink: #5f2aa0; --on: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --bg: #0d1117; --panel: #161b22; --fg: #e6edf3; --soft: #9da7b1; --line: #30363d; --link: #79b8ff;
    --good: #7ee2a0; --good-bg: #12261e; --bad: #ffa198; --bad-bg: #2d1517;
    --held: #e3b341; --held-bg: #272115; --busy: #79c0ff; --busy-bg: #121d2f;
    --step: #8b949e; --open: #ff8a80; --open-ink: #e0675d; --drain: #f0a35e; --drain-ink: #cf7f38;
    --boot: #79b4ff; --validation: #6fd08c; --validation-ink: #48aa66; --removal: #b5a3d8; --removal-ink: #9480bd;
    --wait: #c79bff; --wait-ink: #a877ea; --on: #0d1117;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--bg); color: var(--fg);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
}
main, footer { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem; }
footer { color: var(--soft); font-size: 13px; border-top: 1px solid var(--line); }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; font-weight: 650; overflow-wrap: anywhere; }
p { margin: .4rem 0; }
a { color: var(--link); overflow-wrap: anywhere; }
code, .mono { font: 13px/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.verdict {
  display: inline-block; padding: .15rem .7rem; border-radius: 999px; font-weight: 600; border: 1px solid currentColor;
}
.succeeded { color: var(--good); background: var(--good-bg); }
.failed, .interrupted { color: var(--bad); background: var(--bad-bg); }
.stopped { color: var(--held); background: var(--held-bg); }
.running { color: var(--busy); background: var(--busy-bg); }
.lead { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .6rem; margin: 1.1rem 0 0; padding: 0; list-style: none; }
.numbers li { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .55rem .8rem; }
.numbers strong { display: block; font-size: 1.25rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.numbers span { color: var(--soft); font-size: 13px; }
.box { border: 1px solid currentColor; border-left-width: 5px; border-radius: 8px; padding: .7rem 1rem; margin: 1.1rem 0 0; }
.box > * { color: var(--fg); overflow-wrap: anywhere; }
.box > h2 { margin: 0 0 .3rem; }
.box .next { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
caption { overflow-wrap: anywhere; text-align: left; color: var(--soft); font-size: 13px; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { font-size: 13px; color: var(--soft); font-weight: 600; border-top: 0; vertical-align: bottom; }
tbody th { font-weight: 500; }
th[scope=rowgroup] { font-weight: 650; padding-top: 1.1rem; border-top: 0; }
th[scope=rowgroup].soft { font-weight: 400; font-size: 13px; vertical-align: bottom; }
th small { display: block; color: var(--soft); font-weight: 400; font-size: 13px; line-height: 1.35; }
.name { width: 31%; } .took { width: 19%; } .num, .took { font-variant-numeric: tabular-nums; }
td.bars, th.bars { padding-right: 1rem; }
.d1 { padding-left: 1rem; } .d2 { padding-left: 2rem; }
.changes col:first-child { width: 44%; }
.findings { margin: .9rem 0; } .findings .kind { width: 8rem; } .findings .field { width: 38%; }
dd ul { margin: 0; padding-left: 1.1rem; }
.waits .when { width: 6rem; } .waits .lasted { width: 5.5rem; } .waits .what { width: 32%; }
del { text-decoration: none; } ins { text-decoration: none; font-weight: 600; }
.defs { position: absolute; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.bar { display: block; overflow: visible; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 11px; }
.letter { fill: var(--on); font-size: 11px; font-weight: 700; }
.l-step { fill: none; }
.f-step { fill: var(--step); } .f-open { fill: var(--open); } .i-open { stroke: var(--open-ink); stroke-width: 1.2; }
.f-drain { fill: var(--drain); } .i-drain { fill: var(--drain-ink); } .f-boot { fill: var(--boot); }
.f-validation { fill: var(--validation); } .i-validation { fill: var(--validation-ink); }
.f-removal { fill: var(--removal); } .i-removal { fill: var(--removal-ink); }
.f-wait { fill: var(--wait); } .i-wait { fill: var(--wait-ink); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; padding: 0; margin: .6rem 0 0; list-style: none; font-size: 13px; }
.legend li, .phase { display: flex; gap: .4rem; align-items: center; }
.phase { font-size: 13px; line-height: 1.45; align-items: flex-start; }
.phase .swatch { margin-top: 1px; }
.swatch { flex: none; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .8rem 0; }
summary { cursor: pointer; padding: .55rem .9rem; font-weight: 600; border-radius: 8px; background: var(--panel); }
details[open] > summary { border-radius: 8px 8px 0 0; border-bottom: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
details > :not(summary) { margin: .5rem .9rem; }
details > table { width: calc(100% - 1.8rem); }
.lines { list-style: none; padding: 0; }
.lines li { display: grid; grid-template-columns: 5.5rem 1fr; gap: .6rem; padding: .1rem 0; }
.lines .mono { white-space: pre-wrap; }
@media (max-width: 40rem) {
  main, footer { padding-left: .8rem; padding-right: .8rem; }
  h1 { font-size: 1.35rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  .name { width: 36%; } .took { width: 26%; }
  .findings .kind { width: 5.6rem; }
  .numbers { grid-template-columns: 1fr 1fr; }
  .phase .swatch { width: 16px; }
  .lines li { grid-template-columns: 4rem 1fr; }
  .waits .when { width: 4.2rem; } .waits .lasted { width: 4.2rem; }
  .d1 { padding-left: .5rem; } .d2 { padding-left: 1rem; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 11px; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
  tr, li, .box { break-inside: avoid; }
  h2, thead, th[scope=rowgroup] { break-after: avoid; }
}
`;
