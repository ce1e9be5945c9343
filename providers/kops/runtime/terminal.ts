import { stripVTControlCharacters } from "node:util";

/** How text is written: its width and its colours. */
export interface Look {
  /** Columns; undefined where lines are not cut, as in logs. */
  width: number | undefined;
  colour: boolean;
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";
const isOn = (value: string | undefined): boolean => isSet(value) && value !== "0" && value !== "false";

/**
 * What the terminal of a stream can show; everything that prints asks here. `NO_COLOR` and `FORCE_COLOR` decide before
 * its kind, `COLUMNS` before its width. `live`: lines may be updated. A screen reader reads each update, so nothing is
 * without a terminal, and nothing with `TERM=dumb`.
 */
export function lookOf(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): Look & { live: boolean } {
  const terminal = stream.isTTY === true && env["TERM"] !== "dumb";
  const forced = env["FORCE_COLOR"];
  const colour = isSet(env["NO_COLOR"]) ? false : isSet(forced) ? isOn(forced) : terminal;
  const columns = /^[1-9]\d*$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : stream.columns;
  return {
    colour,
    width: terminal ? Math.max(20, columns === undefined || columns === 0 ? 80 : columns) : undefined,
    // A pipeline may have a terminal, and keeps what is printed as a log.
    live: terminal && !isOn(env["CI"]),
  };
}

/** Columns of a text, whatever colours it has. */
export const widthOf = (text: string): number => Array.from(stripVTControlCharacters(text)).length;

/** Cuts a text that has no colours yet. */
export function cut(text: string, width: number | undefined): string {
  const letters = Array.from(text);
  return width === undefined || letters.length <= width
    ? text
    : `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
