import { join } from "node:path";
import { overviewLines, statusLines } from "../../../cli/status/lines.ts";
import { frame } from "../../../cli/status/frame.ts";
import { cases, now, statusOf } from "./cases.ts";

export const folder = join(import.meta.dirname, "golden");

const looks = [40, 80, 120].flatMap((width) => [false, true].map((colour) => ({ width, colour })));

/** Escape codes as text that people and diffs can read. */
const readable = (lines: readonly string[]): string => `${lines.join("\n").replaceAll("\u001b[", "\\e[")}\n`;

/** The texts of golden files, by file name. */
export function goldenTexts(): Record<string, string> {
  const store = "s3://acme-state";
  const all = Object.keys(cases).map(statusOf);
  return Object.fromEntries(
    looks.flatMap((look) => {
      const file = (name: string): string =>
        `${name.replaceAll(" ", "-")}-${look.width}${look.colour ? "-colour" : ""}.txt`;
      return [
        [file("overview"), readable(overviewLines(all, look))],
        ...["ready", "rolling", "paused"].map((name) => [
          file(`status-${name}`),
          readable(statusLines(statusOf(name), store, look, now)),
        ]),
        ...["rolling", "killed", "ready"].map((name) => [
          file(`watch-${name}`),
          readable(frame(statusOf(name), look, now)),
        ]),
      ] as [string, string][];
    }),
  );
}
