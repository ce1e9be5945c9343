import { DateTime, IANAZone } from "luxon";
import { z } from "zod";

/** Days as people write them, Sunday first. */
export const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

function isZone(name: string): boolean {
  // Some versions of node also take offsets such as +10:00, which follow no daylight saving time.
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}

const clock = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, { error: `must be a time of day such as "${example}", in quotes` });

export const maintenanceWindow = z
  .strictObject({
    days: z.array(z.enum(weekdays)).min(1).describe("days on which the window begins"),
    from: clock(/^([01]\d|2[0-3]):[0-5]\d$/, "22:00").describe("when it begins, local time"),
    to: clock(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "04:00").describe(
      "when it ends, local time; not later than `from` means on the next day",
    ),
    timezone: z
      .string()
      .refine(isZone, { error: "must be an IANA time zone such as Australia/Sydney" })
      .describe("IANA time zone of the times"),
  })
  .refine(({ from, to }) => from !== to, {
    error: 'must not begin and end at the same time; a whole day is from "00:00" to "24:00"',
    path: ["to"],
  });

/** When nodes may be replaced. */
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;

/** One occurrence of a window. */
export interface Opening {
  window: MaintenanceWindow;
  begins: Date;
  ends: Date;
}

export interface WindowState {
  /** The occurrence that is open now. */
  open?: Opening;
  /** The next occurrence that begins after now. */
  next?: Opening;
}

/**
 * The moment at which clocks on this day show a time of day. If they show it twice, because they go back: the first
 * moment. If they skip it, because they go forward: as many minutes later.
 */
function momentOf(day: DateTime, text: string): Date {
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  const moments = day.set({ hour, minute }).getPossibleOffsets();
  return new Date(Math.min(...moments.map((moment) => moment.toMillis())));
}

const nameOf = (day: DateTime): string => weekdays[day.weekday % 7] ?? "";

/** Occurrences of a window around a moment: from the one that began the day before to the one in a week. */
function openings(window: MaintenanceWindow, now: Date): Opening[] {
  const today = DateTime.fromJSDate(now, { zone: window.timezone }).startOf("day");
  // Times of day are written with two digits each, so text compares as time does.
  const overnight = window.to <= window.from ? 1 : 0;
  return Array.from({ length: 10 }, (_, index) => today.plus({ days: index - 1 }))
    .filter((day) => window.days.some((name) => name === nameOf(day)))
    .map((day) => ({
      window,
      begins: momentOf(day, window.from),
      ends: momentOf(day.plus({ days: overnight }), window.to),
    }));
}

/** The window that is open at a moment, and the next one to open. */
export function windowAt(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  const all = windows
    .flatMap((window) => openings(window, now))
    .sort((a, b) => a.begins.getTime() - b.begins.getTime());
  const open = all.find(({ begins, ends }) => begins <= now && now < ends);
  const next = all.find(({ begins, ends }) => begins > now && ends > begins);
  return { ...(open && { open }), ...(next && { next }) };
}

/** An occurrence for messages: `Mon 22:00 to 04:00 Australia/Sydney (begins 2026-11-23T11:00:00Z)`. */
export function openingText({ window, begins }: Opening): string {
  const day = nameOf(DateTime.fromJSDate(begins, { zone: window.timezone }));
  return (
    `${day} ${window.from} to ${window.to} ${window.timezone} (begins ` + `${begins.toISOString().replace(".000", "")})`
  );
}
